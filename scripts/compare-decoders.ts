// `npm run compare:decoders`: 750 photographs classified from our decoder's pixels and from those
// of OpenCV and Pillow, by both embedded models. Fails where one pixel or logit differs.
import { cannotCompare, compareDecoders } from './decoders/compare.ts';

const MODELS = ['resnet50_keras_in1k', 'resnet18_8xb16_cifar10'];
const PICTURES_MAX = 750;

const reason = cannotCompare();
if (reason !== undefined) console.error(`compare:decoders: ${reason}`);
let differing = reason === undefined ? 0 : 1;
for (const model of reason === undefined ? MODELS : []) {
  const { pictures, otherPixels, otherLogits } = await compareDecoders(model, PICTURES_MAX);
  differing += otherPixels.length + otherLogits.length;
  const differ = `${otherPixels.length} with other pixels, ${otherLogits.length} with other logits`;
  console.log(`${model}: ${pictures} photographs, ${differ}`);
  for (const path of [...otherPixels, ...otherLogits]) console.log(`  ${path}`);
}
process.exitCode = differing === 0 ? 0 : 1;
