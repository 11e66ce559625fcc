import type { Digest } from '../digest.ts';
import { isDigest } from '../digest.ts';
import { FIXED_BYTES, HEADER_BYTES_MAX, SCORES_MAX } from './limits.ts';

/** What an entry is kept under: what was asked about, and everything that the answer depends on. */
export interface ResultKey {
  /** `picture`: SHA-256 of the file's bytes. `tensor`: of the pixels that the model sees. */
  readonly kind: 'picture' | 'tensor';
  readonly sha256: Digest;
  readonly graph: Digest;
  /** Identity of the preprocessing, letters, digits and dashes. */
  readonly preprocessing: string;
  /** '' is everybody's; otherwise the id of the API key whose answers these are. */
  readonly scope: string;
  /** Identity of the cascade that answered; a model asked alone has none. */
  readonly cascade?: Digest | undefined;
}

export interface ResultEntry {
  readonly key: ResultKey;
  /** Logits, one per class. */
  readonly scores: Float32Array;
  /** The picture that the scores were made from. */
  readonly image: {
    readonly sha256: Digest;
    readonly width: number;
    readonly height: number;
    readonly format: string;
  };
  readonly model: string;
  readonly engine: string;
  readonly place: string;
  /** Of a cascade: which of its stages spoke, the first being 1. */
  readonly stage?: number | undefined;
}

/**
 * The stored form, little-endian, version 1:
 *
 *     0   4  "rzr1"
 *     4   4  header length h, bytes
 *     8   4  number of scores n
 *     12  4  CRC-32 (IEEE 802.3) of all that follows
 *     16  h  header: JSON of the entry without its scores, UTF-8
 *     16+h   n float32
 *
 * The header holds the key: an entry that a storage system hands out under another name is seen.
 */
const MAGIC = 0x31727a72;

export function encodeEntry(entry: ResultEntry): Uint8Array<ArrayBuffer> {
  const { scores, ...rest } = entry;
  const header = new TextEncoder().encode(JSON.stringify(rest));
  if (header.length > HEADER_BYTES_MAX) throw new RangeError('entry: header too long');
  if (scores.length > SCORES_MAX) throw new RangeError('entry: too many scores');
  const bytes = new Uint8Array(FIXED_BYTES + header.length + scores.length * 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, header.length, true);
  view.setUint32(8, scores.length, true);
  bytes.set(header, FIXED_BYTES);
  scores.forEach((score, i) => {
    view.setFloat32(FIXED_BYTES + header.length + i * 4, score, true);
  });
  view.setUint32(12, crc32(bytes.subarray(FIXED_BYTES)), true);
  return bytes;
}

/** Undefined for anything that is not, byte for byte, this key's entry with so many classes. */
export function decodeEntry(
  bytes: Uint8Array,
  key: ResultKey,
  classes: number,
): ResultEntry | undefined {
  if (bytes.length < FIXED_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const headerBytes = view.getUint32(4, true);
  const count = view.getUint32(8, true);
  if (view.getUint32(0, true) !== MAGIC || headerBytes > HEADER_BYTES_MAX) return undefined;
  if (count !== classes || bytes.length !== FIXED_BYTES + headerBytes + count * 4) return undefined;
  if (view.getUint32(12, true) !== crc32(bytes.subarray(FIXED_BYTES))) return undefined;
  const scores = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    scores[i] = view.getFloat32(FIXED_BYTES + headerBytes + i * 4, true);
  }
  if (!scores.every(Number.isFinite)) return undefined;
  const header = parseHeader(bytes.subarray(FIXED_BYTES, FIXED_BYTES + headerBytes));
  return header !== undefined && sameKey(header.key, key) ? { ...header, scores } : undefined;
}

export function sameKey(a: ResultKey, b: ResultKey): boolean {
  return (
    a.kind === b.kind &&
    a.sha256 === b.sha256 &&
    a.graph === b.graph &&
    a.preprocessing === b.preprocessing &&
    a.scope === b.scope &&
    a.cascade === b.cascade
  );
}

function parseHeader(bytes: Uint8Array): Omit<ResultEntry, 'scores'> | undefined {
  try {
    const value: unknown = JSON.parse(
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes),
    );
    return isHeader(value) ? value : undefined;
  } catch {
    // Not JSON, not UTF-8: not an entry. The caller classifies again.
    return undefined;
  }
}

function isHeader(value: unknown): value is Omit<ResultEntry, 'scores'> {
  if (!isRecord(value) || !isRecord(value.key) || !isRecord(value.image)) return false;
  const { key, image, model, engine, place, stage = 1 } = value;
  const texts = [model, engine, place, image.format, key.kind, key.preprocessing];
  const numbers = [image.width, image.height, stage];
  return (
    texts.every((text) => typeof text === 'string') &&
    numbers.every((number) => Number.isInteger(number)) &&
    typeof image.sha256 === 'string' &&
    isDigest(image.sha256)
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

let crcTable: Uint32Array | undefined;

/** CRC-32 as in IEEE 802.3 and PNG, reflected polynomial 0xEDB88320. */
function crc32(bytes: Uint8Array): number {
  crcTable ??= makeCrcTable();
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crcTable[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function makeCrcTable(): Uint32Array {
  const table = new Uint32Array(256);
  for (let n = 0; n < 256; n++) {
    let c = n;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    table[n] = c;
  }
  return table;
}
