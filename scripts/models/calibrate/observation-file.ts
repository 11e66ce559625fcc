import { createHash } from 'node:crypto';
import type { Gatherer } from './gather.ts';
import { BINS } from './histogram.ts';

/** What a calibration that is not over has seen. */
export interface SavedObservations {
  /** The first so many were seen. */
  readonly pictures: number;
  readonly gatherers: Map<string, Gatherer>;
}

interface Header {
  readonly key: string;
  readonly pictures: number;
  readonly tensors: readonly TensorHeader[];
}

interface TensorHeader {
  readonly name: string;
  readonly channels: number;
  /** radius, zeros, min, max of the histogram: JSON keeps every bit of a double. */
  readonly histogram: readonly [number, number, number, number];
  readonly seen: readonly [positions: number, height: number, width: number];
}

const DIGEST_BYTES = 32;

/**
 * uint32 length of the header | header in JSON | for each tensor its histogram's counts and its
 * channels' sums, float64 | SHA-256 of all before. Little-endian; read by who wrote it.
 */
export function encodeObserved(key: string, { pictures, gatherers }: SavedObservations): Buffer {
  const tensors = [...gatherers].map(([name, { histogram, sums, ...rest }]): TensorHeader => {
    const { radius, zeros, min, max } = histogram;
    return {
      name,
      channels: sums.length,
      histogram: [radius, zeros, min, max],
      seen: [rest.positions, rest.height, rest.width],
    };
  });
  const header = Buffer.from(JSON.stringify({ key, pictures, tensors } satisfies Header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const values = [...gatherers.values()].flatMap(({ histogram, sums }) => [
    bytesOf(histogram.counts),
    bytesOf(sums),
  ]);
  const hash = createHash('sha256');
  const parts = [length, header, ...values];
  for (const part of parts) hash.update(part);
  return Buffer.concat([...parts, hash.digest()]);
}

/** Undefined for a file of something else, or one that is not whole. */
export function decodeObserved(
  file: Buffer,
  key: string,
  names: readonly string[],
): SavedObservations | undefined {
  const end = file.length - DIGEST_BYTES;
  if (end < 4) return undefined;
  const digest = createHash('sha256').update(file.subarray(0, end)).digest();
  if (!digest.equals(file.subarray(end))) return undefined;
  // From here on the file is as it was written.
  let at = 4 + file.readUInt32LE(0);
  const header: Header = JSON.parse(file.toString('utf8', 4, at));
  const same = header.tensors.map(({ name }) => name).join() === names.join();
  if (header.key !== key || !same) return undefined;
  const take = (count: number) => {
    const bytes = file.subarray(at, at + 8 * count);
    at += bytes.length;
    return new Float64Array(Uint8Array.from(bytes).buffer);
  };
  const gatherers = new Map<string, Gatherer>();
  for (const { name, channels, histogram, seen } of header.tensors) {
    const [radius, zeros, min, max] = histogram;
    const [positions, height, width] = seen;
    const counts = take(BINS);
    const sums = take(channels);
    const gatherer = { histogram: { radius, counts, zeros, min, max }, sums };
    gatherers.set(name, { ...gatherer, positions, height, width });
  }
  return { pictures: header.pictures, gatherers };
}

function bytesOf(values: Float64Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}
