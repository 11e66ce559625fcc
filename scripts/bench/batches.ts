// `npm run bench:batches [-- --json]`: how long one run of a graph takes on native ONNX Runtime, by
// the pictures in it: an origin's batches without its HTTP. On the fastest provider that is here.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { chooseProviders } from '../../src/engine/node/providers.ts';
import { textTable } from '../text-table.ts';
import { provenance } from './machine.ts';
import { medianOf } from './statistics.ts';

const MODEL = 'resnet50_keras_in1k';
const SIZES = [1, 2, 4, 8, 16];
const RUNS = 5;
const PICTURE = [3, 224, 224] as const;

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
const providers = await chooseProviders([]);
if (!providers.ok) {
  console.error(JSON.stringify(providers.failure));
  process.exit(1);
}
const session = await InferenceSession.create(readFileSync(`models/${MODEL}.onnx`), {
  executionProviders: [...providers.value],
});
const batches: { pictures: number; ms: number }[] = [];
for (const pictures of SIZES) batches.push({ pictures, ms: await measure(pictures) });
const provider = providers.value[0];
const { runtime: _, ...from } = provenance();
if (values.json) {
  console.log(JSON.stringify({ bench: 'batches', ...from, model: MODEL, provider, batches }));
} else {
  const rows = batches.map(({ pictures, ms }) => {
    return [String(pictures), ms.toFixed(1), ((pictures * 1000) / ms).toFixed(1)];
  });
  console.log(textTable(['pictures', 'ms', 'pictures a second'], rows));
  console.log(`\n${MODEL}, ${provider}, ${from.commit}, ${from.machine}`);
}

/** The median run, after one that is not counted. */
async function measure(pictures: number): Promise<number> {
  const length = pictures * PICTURE[0] * PICTURE[1] * PICTURE[2];
  const data = Float32Array.from({ length }, (_, i) => (i % 255) / 127 - 1);
  const feeds = {
    [session.inputNames[0] ?? '']: new Tensor('float32', data, [pictures, ...PICTURE]),
  };
  const times: number[] = [];
  for (let run = -1; run < RUNS; run++) {
    const began = performance.now();
    await session.run(feeds);
    if (run >= 0) times.push(performance.now() - began);
  }
  return Math.round(medianOf(times) * 1000) / 1000;
}
