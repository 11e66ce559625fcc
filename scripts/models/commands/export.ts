import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineCommand } from 'citty';
import { z } from 'zod';
import { sha256 } from '../../../src/digest.ts';
import { cardSchema } from '../../../src/model/card.ts';
import { readModel } from '../../../src/onnx/read.ts';
import { fail, ok, type Result } from '../../../src/result.ts';
import { inferenceServiceYaml } from '../export/inference-service.ts';
import { batchMax, instancesMax, queueDelayMicrosecondsMax } from '../export/limits.ts';
import { DEFAULT_TRITON, type TritonOptions } from '../export/model-config.ts';
import { placeFolder } from '../export/place-folder.ts';
import { type ExportedModel, modelRepository } from '../export/repository.ts';
import { JSON_ARGUMENT } from './arguments.ts';
import { type CommandFailure, printFailure, printResult } from './outcome.ts';
import { fromCaller, MODELS } from './paths.ts';

export const exportModel = defineCommand({
  meta: { name: 'export', description: 'A model repository for Triton or KServe' },
  args: {
    name: {
      type: 'positional',
      required: true,
      description: 'The model: <name>.onnx, <name>.json',
    },
    triton: { type: 'string', description: "Triton's model repository: the model goes below it" },
    kserve: { type: 'string', description: 'A new folder: InferenceService and repository' },
    'storage-uri': { type: 'string', description: 'Where KServe will find the repository' },
    from: { type: 'string', description: 'Folder of graph and card', default: MODELS },
    precision: {
      type: 'enum',
      options: ['fp16', 'int8'],
      description: 'fp16: GPU, by TensorRT; int8: processors, the stored graph',
      default: DEFAULT_TRITON.precision,
    },
    'max-batch': { type: 'string', default: String(DEFAULT_TRITON.maxBatch) },
    'queue-delay-us': {
      type: 'string',
      description: 'Microseconds that a request may wait for others',
      default: String(DEFAULT_TRITON.queueDelayMicroseconds),
    },
    instances: { type: 'string', default: String(DEFAULT_TRITON.instances) },
    force: { type: 'boolean', description: 'Replace what is there', default: false },
    json: JSON_ARGUMENT,
  },
  async run({ args }) {
    const options = parseOptions(args);
    if (!options.ok) return printFailure(args.json, options.failure, 2);
    if ((args.triton === undefined) === (args.kserve === undefined)) {
      return printFailure(args.json, { code: 'no_target', give: '--triton or --kserve' }, 2);
    }
    const exported = await readStored(args.name, fromCaller(args.from));
    if (!exported.ok) return printFailure(args.json, exported.failure);
    const files = modelRepository(exported.value, options.value);
    if (!files.ok) return printFailure(args.json, files.failure);
    const { name } = exported.value.card;
    if (args.triton !== undefined) {
      const root = fromCaller(args.triton);
      const target = join(root, name);
      const placed = placeFolder(target, `${root}.${name}.partial`, files.value, args.force);
      if (!placed.ok) return printFailure(args.json, placed.failure);
      return printResult(args.json, { ...options.value, written: target }, target);
    }
    const storageUri = args['storage-uri'];
    if (storageUri === undefined || !/^[a-z][a-z0-9+]*:\/\/\S+$/.test(storageUri)) {
      const give = '--storage-uri s3://bucket/folder (or gs, pvc, https)';
      return printFailure(args.json, { code: 'bad_storage_uri', saw: storageUri ?? '', give }, 2);
    }
    const target = fromCaller(args.kserve ?? '');
    const yaml = inferenceServiceYaml(exported.value.card, options.value.precision, storageUri);
    const inside = [...files.value].map(([path, content]) => {
      return [`repository/${name}/${path}`, content] as const;
    });
    const all = new Map([['inference-service.yaml', yaml] as const, ...inside]);
    const placed = placeFolder(target, `${target}.partial`, all, args.force);
    if (!placed.ok) return printFailure(args.json, placed.failure);
    const text = `${target}\nPut its repository/ at ${storageUri}, then apply the YAML.`;
    printResult(args.json, { ...options.value, written: target, storageUri }, text);
  },
});

interface RawOptions {
  readonly precision?: string | undefined;
  readonly 'max-batch': string;
  readonly 'queue-delay-us': string;
  readonly instances: string;
}

function parseOptions(args: RawOptions): Result<TritonOptions, CommandFailure> {
  const counts = [
    ['max-batch', 1, batchMax],
    ['queue-delay-us', 0, queueDelayMicrosecondsMax],
    ['instances', 1, instancesMax],
  ] as const;
  for (const [name, least, most] of counts) {
    const count = /^\d{1,9}$/.test(args[name]) ? Number(args[name]) : Number.NaN;
    if (count >= least && count <= most) continue;
    return fail({ code: 'bad_argument', argument: `--${name}`, saw: args[name], least, most });
  }
  return ok({
    precision: args.precision === 'int8' ? 'int8' : 'fp16',
    maxBatch: Number(args['max-batch']),
    queueDelayMicroseconds: Number(args['queue-delay-us']),
    instances: Number(args.instances),
  });
}

async function readStored(
  name: string,
  folder: string,
): Promise<Result<ExportedModel, CommandFailure>> {
  if (!/^[a-z0-9][a-z0-9_.-]*$/.test(name)) return fail({ code: 'unknown_model', name });
  const stored = readOr(join(folder, `${name}.onnx`));
  const json = readOr(join(folder, `${name}.json`));
  if (stored === undefined || json === undefined) return fail({ code: 'unknown_model', name });
  const card = cardSchema.safeParse(parseOr(json));
  if (!card.success) return fail({ code: 'bad_card', name, why: card.error.message });
  const digest = await sha256(stored);
  if (digest !== card.data.graph) {
    return fail({ code: 'wrong_digest', name, digest, expected: card.data.graph });
  }
  const model = readModel(stored);
  if (!model.ok) return model;
  const list = readOr(join(MODELS, 'labels', `${card.data.labels}.json`));
  const labels = labelsSchema.safeParse(list === undefined ? undefined : parseOr(list));
  if (!labels.success) return fail({ code: 'no_labels', labels: card.data.labels });
  const names = labels.data.labels.map((label) => label.name);
  return ok({ card: card.data, file: stored, model: model.value, labels: names });
}

const labelsSchema = z.object({ labels: z.array(z.object({ name: z.string() })) });

function readOr(path: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return new Uint8Array(readFileSync(path));
  } catch {
    return undefined;
  }
}

/** Undefined where it is no JSON: what reads it next says so. */
function parseOr(json: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(json));
  } catch {
    return undefined;
  }
}
