import { fail, ok, type Result } from '../../../../src/result.ts';
import { elementCount } from '../tensor.ts';
import type { KerasFailure } from './failure.ts';
import type { WeightedLayer } from './layers.ts';
import type { KerasGroup } from './model-json.ts';

/** A weight's bytes (float32, little-endian, row-major) with its shape in Keras. */
export interface StoredWeight {
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

export type StoredWeights = ReadonlyMap<string, StoredWeight>;

/** Cuts a group's bytes at its weights. */
export function cutWeights(group: KerasGroup, bytes: Uint8Array): [string, StoredWeight][] {
  let at = 0;
  return group.weights.map(({ name, shape }) => {
    const begin = at;
    at += 4 * elementCount(shape);
    return [name, { shape, bytes: bytes.subarray(begin, at) }];
  });
}

/** A size that the layer's own configuration does not tell; the network's shapes check it. */
const ANY = '*';

type Wanted = readonly (readonly [name: string, shape: readonly (number | typeof ANY)[]])[];

/** Every weight that the layers need, and no other, in the right shape; else all are named. */
export function checkWeights(
  layers: readonly WeightedLayer[],
  weights: StoredWeights,
): Result<StoredWeights, KerasFailure> {
  const filters = new Map<string, number>();
  for (const layer of layers) if (layer.kind === 'conv') filters.set(layer.unit, layer.filters);
  const wanted = layers.flatMap((layer) => wantedOf(layer, filters));
  const missing: string[] = [];
  const misshapen: string[] = [];
  for (const [name, shape] of wanted) {
    const saw = weights.get(name)?.shape;
    if (saw === undefined) missing.push(name);
    else if (!fits(saw, shape)) misshapen.push(`${name} [${saw}], not [${shape}]`);
  }
  const names = new Set(wanted.map(([name]) => name));
  const unexpected = [...weights.keys()].filter((name) => !names.has(name));
  if (missing.length + misshapen.length + unexpected.length === 0) return ok(weights);
  return fail({ code: 'checkpoint_mismatch', missing, unexpected, misshapen });
}

function wantedOf(layer: WeightedLayer, filters: ReadonlyMap<string, number>): Wanted {
  const name = (weight: string) => `${layer.layer}/${weight}`;
  switch (layer.kind) {
    case 'conv': {
      const inputs = layer.unit === 'stem' ? 3 : ANY;
      return [
        [name('kernel'), [...layer.kernel, inputs, layer.filters]],
        ...(layer.bias ? ([[name('bias'), [layer.filters]]] as const) : []),
      ];
    }
    case 'norm': {
      const parts = ['gamma', 'beta', 'moving_mean', 'moving_variance'];
      return parts.map((part) => [name(part), [filters.get(layer.unit) ?? ANY]]);
    }
    case 'dense':
      return [
        [name('kernel'), [ANY, layer.units]],
        [name('bias'), [layer.units]],
      ];
  }
}

function fits(saw: readonly number[], shape: readonly (number | typeof ANY)[]): boolean {
  return saw.length === shape.length && shape.every((size, i) => size === ANY || size === saw[i]);
}
