import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Digest } from '../digest.ts';
import type { ResultEntry } from './entry.ts';
import { decodeEntry, encodeEntry } from './entry.ts';
import { ENTRY_BYTES_MAX } from './limits.ts';

const digest = (digit: string) => digit.repeat(64) as Digest;

const ENTRY: ResultEntry = {
  key: {
    kind: 'picture',
    sha256: digest('a'),
    graph: digest('b'),
    preprocessing: 'v1-0123456789abcdef',
    scope: '',
  },
  scores: Float32Array.of(1.5, -2.25, 0.1),
  image: { sha256: digest('a'), width: 640, height: 480, format: 'jpeg' },
  model: 'resnet',
  engine: 'ort',
  place: 'edge',
};

describe('the stored form of an entry', () => {
  it('comes back as it was', () => {
    expect(decodeEntry(encodeEntry(ENTRY), ENTRY.key, 3)).toEqual(ENTRY);
  });

  it('comes back with its cascade and stage, and is refused without', () => {
    const entry = { ...ENTRY, stage: 2, key: { ...ENTRY.key, cascade: digest('d') } };
    expect(decodeEntry(encodeEntry(entry), entry.key, 3)).toEqual(entry);
    expect(decodeEntry(encodeEntry(entry), ENTRY.key, 3)).toBeUndefined();
  });

  it('comes back with any finite scores', () => {
    const finite = fc.float({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.array(finite, { maxLength: 300 }), (values) => {
        const entry = { ...ENTRY, scores: Float32Array.from(values) };
        expect(decodeEntry(encodeEntry(entry), entry.key, values.length)).toEqual(entry);
      }),
    );
  });

  it('reads a view into a larger buffer', () => {
    const bytes = encodeEntry(ENTRY);
    const larger = new Uint8Array(bytes.length + 7);
    larger.set(bytes, 3);
    const view = larger.subarray(3, 3 + bytes.length);
    expect(decodeEntry(view, ENTRY.key, 3)).toEqual(ENTRY);
  });

  it.each([
    ['kind', { kind: 'tensor' as const }],
    ['picture', { sha256: digest('c') }],
    ['graph', { graph: digest('c') }],
    ['preprocessing', { preprocessing: 'v2-0123456789abcdef' }],
    ['scope', { scope: 'somebody' }],
    ['cascade', { cascade: digest('c') }],
  ])('is refused under another %s', (_name, change) => {
    expect(decodeEntry(encodeEntry(ENTRY), { ...ENTRY.key, ...change }, 3)).toBeUndefined();
  });

  it('is refused for a model of another class count', () => {
    expect(decodeEntry(encodeEntry(ENTRY), ENTRY.key, 4)).toBeUndefined();
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('is refused with a score of %s', (score) => {
    const entry = { ...ENTRY, scores: Float32Array.of(score) };
    expect(decodeEntry(encodeEntry(entry), ENTRY.key, 1)).toBeUndefined();
  });

  it('is refused after any change of any byte, and cut anywhere', () => {
    const sound = encodeEntry(ENTRY);
    for (let at = 0; at < sound.length; at++) {
      const changed = sound.slice();
      changed[at] = (changed[at] ?? 0) ^ 0x41;
      expect(decodeEntry(changed, ENTRY.key, 3), `byte ${at}`).toBeUndefined();
      expect(decodeEntry(sound.subarray(0, at), ENTRY.key, 3), `cut at ${at}`).toBeUndefined();
    }
  });

  // A checksum keeps most damage out; with the sum made right again the other checks must hold.
  it('is never half believed after damage with a right checksum', () => {
    const sound = encodeEntry(ENTRY);
    const damage = fc.array(fc.tuple(fc.nat({ max: sound.length - 1 }), fc.nat({ max: 255 })), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(damage, (edits) => {
        const bytes = sound.slice();
        for (const [at, value] of edits) bytes[at] = value;
        new DataView(bytes.buffer).setUint32(12, crc32Reference(bytes.subarray(16)), true);
        const decoded = decodeEntry(bytes, ENTRY.key, 3);
        if (decoded === undefined) return;
        expect(decoded.key).toEqual(ENTRY.key);
        expect(decoded.scores).toHaveLength(3);
        expect(decoded.scores.every(Number.isFinite)).toBe(true);
        expect(Number.isInteger(decoded.image.width)).toBe(true);
        expect(decoded.image.sha256).toMatch(/^[0-9a-f]{64}$/);
        expect(typeof decoded.engine).toBe('string');
      }),
      { numRuns: 2000 },
    );
  });

  it('meets its limits exactly, and is a bug one past them', () => {
    const spare = 4096 - (encodeEntry({ ...ENTRY, place: '' }).length - 16 - 3 * 4);
    const longest = { ...ENTRY, place: 'x'.repeat(spare) };
    expect(decodeEntry(encodeEntry(longest), ENTRY.key, 3)).toEqual(longest);
    expect(() => encodeEntry({ ...ENTRY, place: 'x'.repeat(spare + 1) })).toThrow(RangeError);
    const most = { ...longest, scores: new Float32Array(65_536) };
    expect(encodeEntry(most)).toHaveLength(ENTRY_BYTES_MAX);
    expect(decodeEntry(encodeEntry(most), ENTRY.key, 65_536)?.scores).toHaveLength(65_536);
    expect(() => encodeEntry({ ...ENTRY, scores: new Float32Array(65_537) })).toThrow(RangeError);
  });

  it('refuses random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(decodeEntry(bytes, ENTRY.key, 3)).toBeUndefined();
      }),
    );
  });
});

/** CRC-32 bit by bit, as IEEE 802.3 defines it. */
function crc32Reference(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}
