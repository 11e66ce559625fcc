import { z } from 'zod';
import { fail, ok, type Result } from '../../../../src/result.ts';
import {
  checkpointBytesMax,
  kerasLayersMax,
  kerasShardsMax,
  kerasWeightsMax,
  tensorRankMax,
} from '../../limits.ts';
import { elementCount } from '../tensor.ts';
import type { KerasFailure } from './failure.ts';

/** A weight of the manifest. Weights lie one after the other, in this order, over the shards. */
export interface KerasWeight {
  /** `<layer>/<weight>`: `conv1/kernel`. */
  readonly name: string;
  readonly shape: readonly number[];
}

/** A group's shards are one run of bytes; its weights fill it from the first byte on. */
export interface KerasGroup {
  readonly shards: readonly string[];
  readonly weights: readonly KerasWeight[];
}

export interface KerasLayer {
  readonly type: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Names of the layers whose values it reads. */
  readonly inputs: readonly string[];
}

export interface KerasModel {
  readonly layers: readonly KerasLayer[];
  readonly groups: readonly KerasGroup[];
}

/** `[layer, node, tensor, arguments]`; layers that stand in several places have more nodes. */
const inputSchema = z.tuple([z.string(), z.literal(0), z.literal(0)], z.unknown());

const layerSchema = z.object({
  class_name: z.string(),
  config: z.record(z.string(), z.unknown()),
  name: z.string(),
  inbound_nodes: z.array(z.array(inputSchema).max(2)).max(1),
});

const topologySchema = z.object({
  config: z.object({ layers: z.array(layerSchema).max(kerasLayersMax) }),
});

const weightSchema = z.object({
  name: z.string().min(1).max(256),
  shape: z.array(z.int().positive()).max(tensorRankMax),
  dtype: z.string(),
  quantization: z.unknown().optional(),
});

const groupSchema = z.object({
  paths: z.array(z.string()).min(1).max(kerasShardsMax),
  weights: z.array(weightSchema).max(kerasWeightsMax),
});

const modelSchema = z.object({
  format: z.string().optional(),
  // Converted from Keras's own file there is a `model_config`; saved by TensorFlow.js there is not.
  modelTopology: z.union([
    z.object({ model_config: topologySchema }).transform((from) => from.model_config),
    topologySchema,
  ]),
  weightsManifest: z.array(groupSchema).min(1).max(kerasShardsMax),
});

/**
 * Reads model.json: which layers there are, and which weights lie in which shards. The format is
 * that of `tfjs.io` (tensorflow/tfjs, tfjs-core/src/io/types.ts: ModelJSON).
 */
export function parseModelJson(text: string): Result<KerasModel, KerasFailure> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return fail({ code: 'bad_model_json', reason: 'not JSON' });
  }
  const format = z.object({ format: z.string() }).safeParse(json).data?.format;
  if (format !== undefined && format !== 'layers-model') {
    return fail({ code: 'not_a_layers_model', saw: format.slice(0, 64) });
  }
  const parsed = modelSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const reason = `${issue?.path.join('.') || 'the top'}: ${issue?.message}`;
    return fail({ code: 'bad_model_json', reason });
  }
  const groups = toGroups(parsed.data.weightsManifest);
  if (!groups.ok) return groups;
  const layers = parsed.data.modelTopology.config.layers.map((layer) => {
    const { class_name: type, config, name, inbound_nodes } = layer;
    return { type, name, config, inputs: inbound_nodes.flat().map(([from]) => from) };
  });
  return ok({ layers, groups: groups.value });
}

type ParsedGroup = z.infer<typeof groupSchema>;

function toGroups(manifest: readonly ParsedGroup[]): Result<readonly KerasGroup[], KerasFailure> {
  const names = new Set<string>();
  const shards = new Set<string>();
  let bytes = 0;
  for (const { paths, weights } of manifest) {
    for (const path of paths) {
      if (shards.has(path)) return fail({ code: 'bad_model_json', reason: `${path} stands twice` });
      shards.add(path);
    }
    for (const weight of weights) {
      const refused = refuseWeight(weight);
      if (refused !== undefined) return fail(refused);
      if (names.has(weight.name)) {
        return fail({ code: 'bad_model_json', reason: `${weight.name} stands twice` });
      }
      names.add(weight.name);
      bytes += 4 * elementCount(weight.shape);
    }
  }
  if (shards.size > kerasShardsMax) return tooMany('keras_shards', kerasShardsMax);
  if (names.size > kerasWeightsMax) return tooMany('keras_weights', kerasWeightsMax);
  if (!(bytes <= checkpointBytesMax)) return tooMany('checkpoint_bytes', checkpointBytesMax);
  return ok(
    manifest.map(({ paths, weights }) => ({
      shards: paths,
      weights: weights.map(({ name, shape }) => ({ name, shape })),
    })),
  );
}

function tooMany(limit: string, max: number): Result<never, KerasFailure> {
  return fail({ code: 'limit_exceeded', limit, max });
}

function refuseWeight({
  name,
  dtype,
  quantization,
}: z.infer<typeof weightSchema>): KerasFailure | undefined {
  if (quantization !== undefined && quantization !== null) {
    const to = z.object({ dtype: z.string() }).safeParse(quantization).data?.dtype ?? 'unknown';
    return { code: 'quantized_weight', key: name, dtype: to };
  }
  return dtype === 'float32' ? undefined : { code: 'unsupported_dtype', key: name, dtype };
}
