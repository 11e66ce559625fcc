import { defineCommand } from 'citty';
import { sha256 } from '../../../src/digest.ts';
import type { Preprocess } from '../../../src/image/preprocess.ts';
import type { OnnxModel } from '../../../src/onnx/graph.ts';
import { writeOnnx } from '../../../src/onnx/write.ts';
import { fail, ok, type Result } from '../../../src/result.ts';
import { openCifar } from '../pictures/cifar.ts';
import { openFolder } from '../pictures/folder.ts';
import type { PictureSet } from '../pictures/picture-set.ts';
import { PREPROCESS } from '../pictures/standard.ts';
import type { Statistics } from '../quantize/equalize.ts';
import { type GateReport, passGates } from '../quantize/gates.ts';
import { DATA_FREE, makeInt8 } from '../quantize/make-int8.ts';
import { JSON_ARGUMENT, PREPROCESS_ARGUMENT, parseCount, STYLE_ARGUMENT } from './arguments.ts';
import { loadFloatModel, parseStyle } from './float-model.ts';
import { type CommandFailure, printFailure, printResult, progress } from './outcome.ts';
import { CACHE, fromCaller, OBSERVATIONS, writeWhole } from './paths.ts';
import { peakMemory } from './peak-memory.ts';
import { parseQuantizeArguments, QUANTIZE_ARGUMENTS } from './quantize-arguments.ts';

export const quantize = defineCommand({
  meta: { name: 'quantize', description: 'A checkpoint or a float32 ONNX file to an int8 graph' },
  args: {
    checkpoint: { type: 'positional', required: true, description: 'As for convert' },
    style: STYLE_ARGUMENT,
    preprocess: PREPROCESS_ARGUMENT,
    calibrate: { type: 'string', description: 'A folder of pictures with labels.csv' },
    cifar: { type: 'boolean', description: "Calibrate on CIFAR-10's training pictures" },
    pictures: { type: 'string', description: 'At most this many of them', default: '1024' },
    ...QUANTIZE_ARGUMENTS,
    gates: {
      type: 'boolean',
      description: 'Compare both graphs on some of the pictures first',
      default: true,
    },
    out: { type: 'string', required: true, description: 'The ONNX file to write' },
    json: JSON_ARGUMENT,
  },
  async run({ args }) {
    const preprocess = PREPROCESS[args.preprocess ?? ''];
    const picturesMax = parseCount(args.pictures);
    const choice = parseQuantizeArguments(args);
    if (!choice.ok) return printFailure(args.json, choice.failure, 2);
    if (preprocess === undefined || picturesMax === undefined) {
      return printFailure(args.json, { code: 'bad_argument', pictures: args.pictures }, 2);
    }
    const { method } = choice.value;
    if (method !== DATA_FREE && args.cifar !== true && args.calibrate === undefined) {
      const give = '--calibrate, --cifar or --method data-free';
      return printFailure(args.json, { code: 'no_pictures', give }, 2);
    }
    const float = await loadNetwork(args, preprocess);
    if (!float.ok) return printFailure(args.json, float.failure);
    const pictures = await openCalibration(args, preprocess, picturesMax);
    if (!pictures.ok) return printFailure(args.json, pictures.failure);
    const { model, statistics } = float.value;
    const source = { model, statistics, preprocess, pictures: pictures.value };
    const onPicture = progress('calibrating', pictures.value?.size ?? 0);
    const observe = { onPicture, cache: OBSERVATIONS };
    const int8 = await makeInt8(source, choice.value, observe);
    if (!int8.ok) return printFailure(args.json, int8.failure);
    const gates = await gatesOf(args.gates, pictures.value, (few) => {
      return passGates(model, int8.value, few);
    });
    if (!gates.ok) return printFailure(args.json, gates.failure);
    const file = writeOnnx(int8.value);
    writeWhole(fromCaller(args.out), file);
    const used = method === DATA_FREE ? undefined : pictures.value;
    const facts = {
      method,
      pictures: used?.size ?? 0,
      dataset: used?.name ?? 'none',
      bytes: file.length,
      sha256: await sha256(file),
      gates: gates.value,
      ...peakMemory(),
    };
    printResult(args.json, facts, describe(args.out, facts));
  },
});

/** Without the checkpoint that it came from: of a ResNet-152, 240 MB. */
async function loadNetwork(
  args: { readonly checkpoint: string; readonly style?: string | undefined },
  { crop }: Preprocess,
): Promise<Result<{ model: OnnxModel; statistics: Statistics }, CommandFailure>> {
  const options = { style: parseStyle(args.style), size: crop };
  const float = await loadFloatModel(fromCaller(args.checkpoint), options);
  if (!float.ok) return float;
  const { model } = float.value;
  // An ONNX file's batch norms are folded.
  const none: Statistics = new Map();
  const known = float.value.from === 'checkpoint' ? float.value.network.statistics : none;
  return ok({ model, statistics: known });
}

interface Facts {
  readonly bytes: number;
  readonly sha256: string;
  readonly gates: GateReport | undefined;
  readonly peak_memory_bytes: number;
}

async function openCalibration(
  args: { readonly calibrate?: string | undefined; readonly cifar?: boolean | undefined },
  preprocess: Preprocess,
  picturesMax: number,
): Promise<Result<PictureSet | undefined, CommandFailure>> {
  if (args.calibrate !== undefined) {
    return openFolder(fromCaller(args.calibrate), preprocess, picturesMax);
  }
  return args.cifar === true ? openCifar('train', preprocess, picturesMax, CACHE) : ok(undefined);
}

/** Without pictures, or where nobody wants it, nothing is compared. */
async function gatesOf(
  wanted: boolean,
  pictures: PictureSet | undefined,
  pass: (pictures: PictureSet) => Promise<Result<GateReport, CommandFailure>>,
): Promise<Result<GateReport | undefined, CommandFailure>> {
  if (!wanted || pictures === undefined) return ok(undefined);
  const passed = await pass(pictures);
  return passed.ok ? passed : fail(passed.failure);
}

function describe(out: string, { bytes, sha256: digest, gates, ...facts }: Facts): string {
  const lines = [`${out}: ${bytes} bytes, sha256 ${digest}`];
  if (gates === undefined) lines.push('not compared with float32: no pictures');
  else {
    const { layer, sqnrDb } = gates.noisiest;
    const agree = `${(100 * gates.agreement).toFixed(1)} % the same class as float32`;
    lines.push(`${gates.pictures} pictures: ${agree}, noisiest ${layer} ${sqnrDb.toFixed(1)} dB`);
  }
  lines.push(`peak memory ${Math.round(facts.peak_memory_bytes / 2 ** 20)} MiB`);
  return lines.join('\n');
}
