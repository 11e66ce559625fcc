// A process to kill: calibrates and quantizes a tiny network, telling each picture on stdout.
// node quantize-tiny.ts <cache folder> <file to write>
import { writeOnnx } from '../../../src/onnx/write.ts';
import { writeWhole } from '../commands/paths.ts';
import { toFloatGraph } from '../graph/float-graph.ts';
import { calibrateAndQuantize, DEFAULT_OPTIONS } from '../quantize/pipeline.ts';
import { noisePictures } from './networks.ts';
import { TINY_SIDE, tinyNetwork } from './tiny-network.ts';

const [cache = '', out = ''] = process.argv.slice(2);
const model = toFloatGraph(tinyNetwork(1), TINY_SIDE, TINY_SIDE);
const onPicture = (done: number) => process.stdout.write(`${done}\n`);
const int8 = await calibrateAndQuantize(model, noisePictures(40, TINY_SIDE), DEFAULT_OPTIONS, {
  cache,
  saveEvery: 3,
  onPicture,
});
writeWhole(out, writeOnnx(int8));
