import * as ort from 'onnxruntime-node';
import type { OnnxModel } from '../../../src/onnx/graph.ts';
import { writeOnnx } from '../../../src/onnx/write.ts';
import { openSession } from '../evaluate/session.ts';
import { withOutputs } from '../graph/with-outputs.ts';
import type { PictureSet } from '../pictures/picture-set.ts';
import { type Gatherer, gather, newGatherer } from './gather.ts';
import type { Histogram } from './histogram.ts';
import { forgetOldest, keyOf, loadObserved, saveObserved } from './resume.ts';

/** What calibration saw of one activation tensor. */
export interface Observed {
  readonly histogram: Histogram;
  /** Mean of each channel over pictures and positions. */
  readonly channelMeans: Float64Array;
  /** Height and width, 1 where the tensor has none. */
  readonly height: number;
  readonly width: number;
}

export type Observations = ReadonlyMap<string, Observed>;

export interface ObserveOptions {
  readonly onPicture?: ((done: number) => void) | undefined;
  /** A folder where what was seen is put away, for a run that is cut off to go on from. */
  readonly cache?: string | undefined;
  /** Pictures between two times that it is put away. */
  readonly saveEvery?: number | undefined;
}

/** 10 MB for a ResNet-50, written while a second of work may be lost. */
const SAVE_EVERY = 16;

/**
 * Runs the float graph over the pictures and gathers statistics of `names`. One picture at a time:
 * all activations of a ResNet-152 at 224 x 224 are about 100 MB. With a cache, a run that was
 * killed goes on behind the last pictures that were put away, to the same sums bit for bit; and
 * another method's ranges cost no second run.
 */
export async function observeActivations(
  model: OnnxModel,
  names: readonly string[],
  pictures: PictureSet,
  { onPicture = () => {}, cache, saveEvery = SAVE_EVERY }: ObserveOptions = {},
): Promise<Observations> {
  const input = model.graph.inputs[0]!;
  const inner = names.filter((name) => name !== input.name);
  const graph = writeOnnx(withOutputs(model, inner));
  const key = cache === undefined ? '' : await keyOf(graph, names, pictures);
  const saved = cache === undefined ? undefined : await loadObserved(cache, key, names);
  const gatherers = saved?.gatherers ?? new Map(names.map((name) => [name, newGatherer()]));
  const first = saved?.pictures ?? 0;
  if (first < pictures.size) {
    const session = await openSession(graph);
    const dims = input.dims.map((dim) => (typeof dim === 'number' ? dim : 1));
    for (let i = first; i < pictures.size; i++) {
      const tensor = new ort.Tensor('float32', await pictures.tensor(i), dims);
      const values = await session.run({ [input.name]: tensor }, inner);
      for (const [name, gatherer] of gatherers) {
        gather(gatherer, name === input.name ? tensor : values[name]!);
      }
      const done = i + 1;
      if (cache !== undefined && (done % saveEvery === 0 || done === pictures.size)) {
        await saveObserved(cache, key, { pictures: done, gatherers });
      }
      onPicture(done);
    }
    await session.release();
    if (cache !== undefined) await forgetOldest(cache);
  }
  return new Map([...gatherers].map(([name, gatherer]) => [name, toObserved(gatherer)]));
}

function toObserved({ histogram, sums, positions, height, width }: Gatherer): Observed {
  return { histogram, channelMeans: sums.map((sum) => sum / positions), height, width };
}
