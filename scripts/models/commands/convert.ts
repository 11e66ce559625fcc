import { defineCommand } from 'citty';
import { sha256 } from '../../../src/digest.ts';
import { writeOnnx } from '../../../src/onnx/write.ts';
import { parameterCount } from '../network/architecture.ts';
import { JSON_ARGUMENT, parseSize, STYLE_ARGUMENT } from './arguments.ts';
import { type FloatModel, loadFloatModel, parseStyle } from './float-model.ts';
import { printFailure, printResult } from './outcome.ts';
import { fromCaller, writeWhole } from './paths.ts';

export const convert = defineCommand({
  meta: { name: 'convert', description: 'A checkpoint to a float32 ONNX graph' },
  args: {
    checkpoint: {
      type: 'positional',
      required: true,
      description: '.pth, .pt, .safetensors or a float32 .onnx',
    },
    style: STYLE_ARGUMENT,
    size: {
      type: 'string',
      description: 'Input size in pixels, 224 or 448x320 (default: 224, CIFAR 32)',
    },
    out: { type: 'string', required: true, description: 'The ONNX file to write' },
    json: JSON_ARGUMENT,
  },
  async run({ args }) {
    const size = args.size === undefined ? undefined : parseSize(args.size);
    if (args.size !== undefined && size === undefined) {
      return printFailure(args.json, { code: 'bad_size', size: args.size }, 2);
    }
    const float = await loadFloatModel(fromCaller(args.checkpoint), {
      style: parseStyle(args.style),
      size,
    });
    // A failure that names an option asks for it: the command was used wrongly.
    if (!float.ok) return printFailure(args.json, float.failure, 'option' in float.failure ? 2 : 1);
    const file = writeOnnx(float.value.model);
    writeWhole(fromCaller(args.out), file);
    const facts = {
      ...factsOf(float.value),
      classes: float.value.classes,
      size: float.value.size,
      bytes: file.length,
      sha256: await sha256(file),
      // Node gives KiB.
      peak_memory_bytes: process.resourceUsage().maxRSS * 1024,
    };
    const text = [
      describe(float.value),
      `${args.out}: ${file.length} bytes, sha256 ${facts.sha256}`,
      `peak memory ${Math.round(facts.peak_memory_bytes / 2 ** 20)} MiB`,
    ].join('\n');
    printResult(args.json, facts, text);
  },
});

function factsOf(float: FloatModel): object {
  if (float.from === 'graph') return { container: 'onnx', notes: float.notes };
  const { network, checkpoint } = float;
  return {
    ...network.architecture,
    keys: network.library,
    container: checkpoint.container,
    parameters: parameterCount(network.layers),
    ignored: checkpoint.ignored,
  };
}

function describe(float: FloatModel): string {
  const { height, width } = float.size;
  const shape = `${float.classes} classes, ${height} x ${width}`;
  if (float.from === 'graph') return [`float32 graph, ${shape}`, ...float.notes].join('\n');
  const { depth, variant, style } = float.network.architecture;
  const parameters = parameterCount(float.network.layers);
  return `ResNet-${depth} ${variant}, ${style} style, ${shape}, ${parameters} parameters`;
}
