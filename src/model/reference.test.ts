import { describe, expect, it } from 'vitest';
import type { Digest } from '../digest.ts';
import { parseReference } from './reference.ts';

const DIGEST = 'ab'.repeat(32) as Digest;

const GOOD: ReadonlyArray<readonly [text: string, reference: object]> = [
  ['resnet50_keras_in1k', { by: 'name', name: 'resnet50_keras_in1k' }],
  ['a', { by: 'name', name: 'a' }],
  ['a'.repeat(96), { by: 'name', name: 'a'.repeat(96) }],
  [DIGEST, { by: 'digest', graph: DIGEST }],
  [`auk@sha256:${DIGEST}`, { by: 'digest', graph: DIGEST, name: 'auk' }],
];

const BAD: readonly string[] = [
  '',
  'a'.repeat(97),
  'Resnet',
  '../secrets',
  'a/b',
  '.hidden',
  'ä',
  `@sha256:${DIGEST}`,
  `auk@sha256:${DIGEST.slice(1)}`,
  `auk@sha256:${DIGEST.toUpperCase()}`,
  `auk@sha256:${DIGEST}0`,
  `auk@md5:${DIGEST}`,
  `auk@sha256:${DIGEST}@sha256:${DIGEST}`,
  'auk\n',
];

describe('parseReference', () => {
  it.each(GOOD)('reads %s', (text, reference) => {
    expect(parseReference(text)).toEqual({ ok: true, value: reference });
  });

  it.each(BAD)('refuses %j', (text) => {
    expect(parseReference(text)).toMatchObject({ ok: false, failure: { code: 'bad_model_name' } });
  });
});
