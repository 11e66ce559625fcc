import * as ort from 'onnxruntime-node';
import type { PictureSet } from '../pictures/picture-set.ts';
import { openSession } from './session.ts';

/** Pictures a run: enough to keep the cores busy, little enough to stay within 100 MB. */
const BATCH = 8;

/** Logits of every picture, by onnxruntime-node. */
export async function runPictures(
  graph: Uint8Array,
  pictures: PictureSet,
  onPictures: (done: number) => void = () => {},
): Promise<Float32Array[]> {
  const session = await openSession(graph);
  const [inputName, outputName] = [session.inputNames[0]!, session.outputNames[0]!];
  const shape = inputShape(session);
  const logits: Float32Array[] = [];
  for (let start = 0; start < pictures.size; start += BATCH) {
    const count = Math.min(BATCH, pictures.size - start);
    const size = shape.reduce((product, length) => product * length, 1);
    const batch = new Float32Array(count * size);
    for (let i = 0; i < count; i++) batch.set(await pictures.tensor(start + i), i * size);
    const input = new ort.Tensor('float32', batch, [count, ...shape]);
    const output = (await session.run({ [inputName]: input }))[outputName]!.data;
    if (!(output instanceof Float32Array)) throw new TypeError('evaluate: logits are not float32');
    const classes = output.length / count;
    for (let i = 0; i < count; i++) logits.push(output.slice(i * classes, (i + 1) * classes));
    onPictures(start + count);
  }
  await session.release();
  return logits;
}

/** [3, height, width]. */
function inputShape(session: ort.InferenceSession): number[] {
  const facts = session.inputMetadata[0];
  if (facts?.isTensor !== true) throw new TypeError('evaluate: the input is no tensor');
  return facts.shape.slice(1).map((size) => {
    if (typeof size !== 'number') throw new RangeError(`evaluate: input size ${size} is not fixed`);
    return size;
  });
}
