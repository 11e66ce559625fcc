import type * as z from 'zod';

/**
 * Holds a schema to the type that the code writes: a field that is missing, wrong or new in either
 * does not compile. `written<Prediction>()(z.object({…}))`.
 */
export function written<Written>() {
  return <S extends z.ZodType>(schema: Covers<Written, z.output<S>> extends true ? S : never): S =>
    schema;
}

type Covers<Written, Described> = [Written] extends [Described]
  ? [KeysOf<Written>] extends [KeysOf<Described>]
    ? true
    : false
  : false;

/** Of every member of a union. */
type KeysOf<T> = T extends unknown ? keyof T : never;
