// `npm run bench:image`: CPU time from a file to the model's pixels, ours beside @jsquash's decode
// alone and native libvips: in Node, in real workerd, and there as the first picture of a fresh
// isolate. Decoders take turns within one process. Not measured: fetching and hashing the file,
// normalisation, inference.
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { buildImageKernels } from '../build.ts';
import { textTable } from '../text-table.ts';
import { NODE_HEAD, nodeRow } from './image-node.ts';
import type { BenchPicture } from './image-pictures.ts';
import { hasPictures, readPictures } from './image-pictures.ts';
import { COLD_HEAD, startDecoderBench, WORKERD_HEAD } from './image-workerd.ts';
import { provenance } from './machine.ts';

const HELP = `Usage: npm run bench:image [-- options]

  --only TEXT    pictures whose name holds it ("12 MP")
  --table NAME   one of the three tables: node, workerd, cold
  --help`;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    table: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

/** A fresh process for every decode takes a second: pictures of one size are enough. */
const COLD = /^(0.2|12) MP/;

if (values.help) console.log(HELP);
else if (!hasPictures()) console.log('bench:image needs ../shared/data, which is not here');
else await main();

async function main(): Promise<void> {
  await buildImageKernels();
  const pictures = await readPictures(values.only);
  const wants = (table: string) => values.table === undefined || values.table === table;
  console.log(`CPU ms, medians; ${cpus()[0]?.model.trim()}`);
  if (wants('node')) {
    console.log(
      `\nNode ${process.version}\n${textTable(NODE_HEAD, await rows(pictures, nodeRow))}`,
    );
  }
  if (!wants('workerd') && !wants('cold')) return;
  const bench = await startDecoderBench();
  const { runtime } = provenance();
  try {
    if (wants('workerd')) {
      console.log(`\n${runtime}\n${textTable(WORKERD_HEAD, await rows(pictures, bench.warmRow))}`);
    }
    if (wants('cold')) {
      const few = pictures.filter(({ name }) => COLD.test(name));
      console.log(`\n${runtime}, cold\n${textTable(COLD_HEAD, await rows(few, bench.coldRow))}`);
    }
  } finally {
    await bench.stop();
  }
}

async function rows(
  pictures: readonly BenchPicture[],
  row: (picture: BenchPicture) => Promise<string[]>,
): Promise<string[][]> {
  const all: string[][] = [];
  for (const picture of pictures) all.push(await row(picture));
  return all;
}
