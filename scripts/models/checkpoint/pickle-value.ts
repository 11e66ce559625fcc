/**
 * What a pickle says, as inert data. Globals stay names, calls stay unmade: nothing that the
 * pickle mentions is ever looked up or run.
 */
export type PickleValue = null | boolean | number | bigint | string | Uint8Array | PickleNode;

export type PickleNode =
  | { readonly kind: 'tuple' | 'list' | 'set'; readonly items: PickleValue[] }
  | { readonly kind: 'dict'; readonly entries: Array<[key: PickleValue, value: PickleValue]> }
  | { readonly kind: 'global'; readonly name: string }
  /** The result that calling `callee` with `args` would have had. */
  | { readonly kind: 'call'; readonly callee: string; readonly args: PickleValue }
  /** A reference to data outside the pickle: a tensor's storage. */
  | { readonly kind: 'persistent'; readonly id: PickleValue };

export function isNode(value: PickleValue | undefined): value is PickleNode {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array);
}

/** The items of a tuple or list, else undefined. */
export function itemsOf(value: PickleValue | undefined): readonly PickleValue[] | undefined {
  if (!isNode(value)) return undefined;
  return value.kind === 'tuple' || value.kind === 'list' ? value.items : undefined;
}

/** The value under a string key of a dict; the last one wins, as in Python. */
export function lookUp(value: PickleValue | undefined, key: string): PickleValue | undefined {
  if (!isNode(value) || value.kind !== 'dict') return undefined;
  return value.entries.findLast(([name]) => name === key)?.[1];
}

/** For messages: what a value is, without its content. */
export function describeValue(value: PickleValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (!isNode(value)) return value === null ? 'None' : typeof value;
  if (value.kind === 'call') return `${value.callee}(...)`;
  return value.kind === 'global' ? value.name : value.kind;
}
