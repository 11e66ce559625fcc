import { defineCommand } from 'citty';
import { sha256 } from '../../../src/digest.ts';
import { writeOnnx } from '../../../src/onnx/write.ts';
import { parameterCount } from '../network/architecture.ts';
import { JSON_ARGUMENT, parseCount, STYLE_ARGUMENT } from './arguments.ts';
import { loadFloatModel, parseStyle } from './float-model.ts';
import { printFailure, printResult } from './outcome.ts';
import { fromCaller, writeWhole } from './paths.ts';

export const convert = defineCommand({
  meta: { name: 'convert', description: 'A PyTorch checkpoint to a float32 ONNX graph' },
  args: {
    checkpoint: { type: 'positional', required: true, description: 'A .pth or .pt file' },
    style: STYLE_ARGUMENT,
    size: {
      type: 'string',
      description: 'Input height and width in pixels (default: 224, CIFAR 32)',
    },
    out: { type: 'string', required: true, description: 'The ONNX file to write' },
    json: JSON_ARGUMENT,
  },
  async run({ args }) {
    const size = args.size === undefined ? undefined : parseCount(args.size);
    if (args.size !== undefined && size === undefined) {
      return printFailure(args.json, { code: 'bad_size', size: args.size }, 2);
    }
    const float = await loadFloatModel(
      fromCaller(args.checkpoint),
      parseStyle(args.style),
      size === undefined ? undefined : { height: size, width: size },
    );
    if (!float.ok) return printFailure(args.json, float.failure);
    const { model, network, checkpoint } = float.value;
    const file = writeOnnx(model);
    writeWhole(fromCaller(args.out), file);
    const facts = {
      ...network.architecture,
      keys: network.library,
      container: checkpoint.container,
      parameters: parameterCount(network.layers),
      ignored: checkpoint.ignored,
      bytes: file.length,
      sha256: await sha256(file),
    };
    const { depth, variant, style, classes } = network.architecture;
    const text = [
      `ResNet-${depth} ${variant}, ${style} style, ${classes} classes, ` +
        `${facts.parameters} parameters`,
      `${args.out}: ${file.length} bytes, sha256 ${facts.sha256}`,
    ].join('\n');
    printResult(args.json, facts, text);
  },
});
