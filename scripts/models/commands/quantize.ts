import { defineCommand } from 'citty';
import { sha256 } from '../../../src/digest.ts';
import { writeOnnx } from '../../../src/onnx/write.ts';
import { METHODS } from '../calibrate/range.ts';
import { openCifar } from '../pictures/cifar.ts';
import { openFolder } from '../pictures/folder.ts';
import { PREPROCESS } from '../pictures/standard.ts';
import { calibrateAndQuantize, DEFAULT_OPTIONS } from '../quantize/pipeline.ts';
import { JSON_ARGUMENT, PREPROCESS_ARGUMENT, parseCount, STYLE_ARGUMENT } from './arguments.ts';
import { loadFloatModel, parseStyle } from './float-model.ts';
import { printFailure, printResult, progress } from './outcome.ts';
import { CACHE, fromCaller, writeWhole } from './paths.ts';

export const quantize = defineCommand({
  meta: { name: 'quantize', description: 'A PyTorch checkpoint to an int8 ONNX graph' },
  args: {
    checkpoint: { type: 'positional', required: true, description: 'A .pth or .pt file' },
    style: STYLE_ARGUMENT,
    preprocess: PREPROCESS_ARGUMENT,
    calibrate: { type: 'string', description: 'A folder of pictures with labels.csv' },
    cifar: { type: 'boolean', description: "Calibrate on CIFAR-10's training pictures" },
    pictures: { type: 'string', description: 'At most this many of them', default: '1024' },
    method: {
      type: 'enum',
      options: [...METHODS],
      description: 'How ranges are chosen',
      default: DEFAULT_OPTIONS.method,
    },
    out: { type: 'string', required: true, description: 'The ONNX file to write' },
    json: JSON_ARGUMENT,
  },
  async run({ args }) {
    const preprocess = PREPROCESS[args.preprocess ?? ''];
    const picturesMax = parseCount(args.pictures);
    const method = METHODS.find((name) => name === args.method);
    if (preprocess === undefined || picturesMax === undefined || method === undefined) {
      return printFailure(args.json, { code: 'bad_argument', pictures: args.pictures }, 2);
    }
    if (args.cifar !== true && args.calibrate === undefined) {
      return printFailure(args.json, { code: 'no_pictures', give: '--calibrate or --cifar' }, 2);
    }
    const float = await loadFloatModel(fromCaller(args.checkpoint), {
      style: parseStyle(args.style),
      size: preprocess.crop,
    });
    if (!float.ok) return printFailure(args.json, float.failure);
    const pictures =
      args.calibrate === undefined
        ? await openCifar('train', preprocess, picturesMax, CACHE)
        : await openFolder(fromCaller(args.calibrate), preprocess, picturesMax);
    if (!pictures.ok) return printFailure(args.json, pictures.failure);
    const options = { ...DEFAULT_OPTIONS, method };
    const show = progress('calibrating', pictures.value.size);
    const model = await calibrateAndQuantize(float.value.model, pictures.value, options, {
      onPicture: show,
    });
    const file = writeOnnx(model);
    writeWhole(fromCaller(args.out), file);
    const facts = {
      method,
      pictures: pictures.value.size,
      dataset: pictures.value.name,
      bytes: file.length,
      sha256: await sha256(file),
    };
    printResult(args.json, facts, `${args.out}: ${file.length} bytes, sha256 ${facts.sha256}`);
  },
});
