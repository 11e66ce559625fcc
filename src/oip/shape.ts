import { ok, type Result } from '../result.ts';
import { type OipFailure, quote, refuse } from './failure.ts';
import { ELEMENTS_MAX } from './limits.ts';
import type { TensorSpec } from './tensor.ts';

export interface Extent {
  readonly shape: readonly number[];
  /** Product of the shape. */
  readonly elements: number;
}

/** A declared shape against the model's: nothing is allocated for one that does not fit. */
export function readShape(
  declared: unknown,
  spec: TensorSpec,
  batchMax: number,
  member: string,
): Result<Extent, OipFailure> {
  const wanted = `the model takes [${spec.shape.join(', ')}]`;
  if (!Array.isArray(declared)) return refuse(member, `is no list of sizes; ${wanted}`);
  const sizes: readonly unknown[] = declared;
  if (sizes.length !== spec.shape.length) {
    return refuse(member, `has ${sizes.length} dimensions; ${wanted}`);
  }
  const shape: number[] = [];
  for (const [axis, size] of sizes.entries()) {
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
      return refuse(member, `${quote(size)} is no size; ${wanted}`);
    }
    const fixed = spec.shape[axis] ?? 0;
    if (fixed === -1 ? size < 1 || size > batchMax : size !== fixed) {
      const batch = fixed === -1 ? `, a batch of 1 to ${batchMax}` : '';
      return refuse(member, `${size} does not fit; ${wanted}${batch}`);
    }
    shape.push(size);
  }
  const elements = shape.reduce((product, size) => product * size, 1);
  if (elements > ELEMENTS_MAX) return refuse(member, `has more than ${ELEMENTS_MAX} elements`);
  return ok({ shape, elements });
}
