import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A request or an answer of the suite, as bytes. */
export interface Message {
  readonly body: Uint8Array<ArrayBuffer>;
  /** Inference-Header-Content-Length, where the case has one. */
  readonly headerLength: string | null;
}

export interface OipCase {
  readonly id: string;
  readonly group: string;
  readonly title: string;
  readonly method: string;
  readonly path: string;
  readonly headers: ReadonlyArray<readonly [string, string]>;
  readonly body?: Body;
  readonly expect: { readonly status: readonly number[]; readonly checks: readonly Check[] };
}

export interface Check {
  readonly pointer?: string;
  readonly equals?: unknown;
  readonly type?: string;
  readonly contains?: unknown;
  readonly absent?: boolean;
  readonly close?: readonly number[];
  readonly classification?: unknown;
  readonly binary_output?: number;
  readonly header?: string;
  readonly present?: boolean;
  readonly matches?: string;
  readonly max_ms?: number;
  readonly max_error_bytes?: number;
  readonly error_not_contains?: string;
}

export interface Body {
  readonly text?: string;
  readonly base64?: string;
  readonly repeat?: { readonly text: string; readonly times: number };
  readonly json?: unknown;
  readonly binary?: readonly BinaryPart[];
  readonly header_length?: string | { readonly add: number } | null;
  /** The length that is declared is not the body's. */
  readonly raw_content_length?: boolean;
}

interface BinaryPart {
  readonly tensor?: string;
  readonly skip?: number;
  readonly cut?: number;
  readonly base64?: string;
  readonly zeros?: number;
  readonly floats?: readonly number[];
}

export interface OriginCase {
  readonly id: string;
  readonly title: string;
  readonly error?: string;
  readonly response?: {
    readonly status: number;
    readonly headers: ReadonlyArray<readonly [string, string]>;
    readonly body?: Body;
  };
  readonly expect: {
    readonly verdict: 'ok' | 'error';
    readonly logits?: readonly number[];
    readonly reason?: string;
    readonly retryable?: boolean;
  };
}

interface NamedTensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
  readonly logits: readonly number[];
}

export interface OipSuite {
  readonly atol: number;
  readonly server: {
    readonly model: string;
    readonly version: string;
    readonly labels: readonly string[];
    readonly max_batch: number;
    readonly max_body_bytes: number;
  };
  readonly tensors: Readonly<Record<string, NamedTensor>>;
  readonly cases: readonly OipCase[];
  readonly origin: readonly OriginCase[];
}

export function readOipSuite(folder: string): OipSuite {
  const read = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8'));
  return { ...read('cases.json'), origin: read('origin.json').cases };
}

/** What the case format abbreviates, written out (../shared/suites/oip/README.md). */
export function toMessage(body: Body | undefined, suite: OipSuite): Message {
  if (body?.text !== undefined) {
    const numbers = (name: string) => suite.tensors[name]?.data.join(',') ?? '';
    return whole(body.text.replaceAll(/@(\w)@/g, (_, name: string) => numbers(name)));
  }
  if (body?.repeat !== undefined) return whole(body.repeat.text.repeat(body.repeat.times));
  if (body?.base64 !== undefined) {
    return { body: new Uint8Array(Buffer.from(body.base64, 'base64')), headerLength: null };
  }
  if (body?.json === undefined) return whole('');
  const text = JSON.stringify(expand(body.json, suite));
  const json = Buffer.from(
    text.replace(/"\$deep (\d+)"/, (_, n) => `${'['.repeat(n)}0${']'.repeat(n)}`),
  );
  const parts = (body.binary ?? []).map((part) => toBytes(part, suite));
  return {
    body: new Uint8Array(Buffer.concat([json, ...parts])),
    headerLength: toHeaderLength(body.header_length, json.length),
  };
}

function whole(text: string): Message {
  return { body: new Uint8Array(Buffer.from(text)), headerLength: null };
}

function toHeaderLength(given: Body['header_length'], jsonBytes: number): string | null {
  if (given === undefined || given === null) return null;
  if (given === 'auto') return `${jsonBytes}`;
  return typeof given === 'string' ? given : `${jsonBytes + given.add}`;
}

function toBytes(part: BinaryPart, suite: OipSuite): Buffer {
  if (part.base64 !== undefined) return Buffer.from(part.base64, 'base64');
  if (part.zeros !== undefined) return Buffer.alloc(part.zeros);
  const numbers = part.floats ?? suite.tensors[part.tensor ?? '']?.data ?? [];
  const bytes = Buffer.from(Float32Array.from(numbers).buffer);
  return bytes.subarray(part.skip ?? 0, bytes.length - (part.cut ?? 0));
}

type Expansion = (argument: never, suite: OipSuite) => unknown;

const EXPANSIONS: Readonly<Record<string, Expansion>> = {
  $flat: (name: string, suite) => suite.tensors[name]?.data,
  $nested: (name: string, suite) => nest(suite.tensors[name]?.data ?? [], [1, 3, 8, 8]),
  $batch: (names: string[], suite) => names.flatMap((name) => suite.tensors[name]?.data ?? []),
  $nested_batch: (names: string[], suite) => {
    const flat = names.flatMap((name) => suite.tensors[name]?.data ?? []);
    return nest(flat, [names.length, 3, 8, 8]);
  },
  $nested_as: ([name, dims]: [string, number[]], suite) =>
    nest(suite.tensors[name]?.data ?? [], dims),
  $repeat: ([value, times]: [unknown, number], suite) =>
    Array.from({ length: times }, () => expand(value, suite)),
  $concat: (lists: unknown[], suite) => lists.flatMap((list) => expand(list, suite) as unknown[]),
  // A mark: JSON.stringify would recurse as deep.
  $deep: (levels: number) => `$deep ${levels}`,
};

function expand(value: unknown, suite: OipSuite): unknown {
  if (Array.isArray(value)) return value.map((item) => expand(item, suite));
  if (typeof value !== 'object' || value === null) return value;
  const [first] = Object.entries(value);
  const expansion = EXPANSIONS[first?.[0] ?? ''];
  if (expansion !== undefined) return expansion(first?.[1] as never, suite);
  const members = Object.entries(value).map(([key, item]) => [key, expand(item, suite)]);
  return Object.fromEntries(members);
}

function nest(flat: readonly number[], dims: readonly number[]): unknown {
  const [size = 0, ...inner] = dims;
  if (inner.length === 0) return flat.slice(0, size);
  const step = inner.reduce((product, dim) => product * dim, 1);
  return Array.from({ length: size }, (_, i) => nest(flat.slice(i * step, (i + 1) * step), inner));
}
