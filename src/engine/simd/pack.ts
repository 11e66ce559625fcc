import type { Digest } from '../../digest.ts';
import type { Result } from '../../result.ts';
import { fail, ok } from '../../result.ts';
import { eachChunk } from './collect.ts';
import type { Kernels } from './kernels.ts';
import { reserve } from './kernels.ts';
import type { Layout } from './layout.ts';
import { layoutOf } from './layout.ts';
import { CONSTANTS_BASE, PACK_HEADER_BYTES_MAX, SESSION_BYTES_MAX, WORK_MAX } from './limits.ts';
import type { Net } from './net.ts';
import { roundUp, workOf } from './net.ts';
import type { Prepared } from './prepare.ts';
import { readNet } from './read-net.ts';

/**
 * A graph packed for this engine: the net as JSON, and the constants exactly as they lie in memory,
 * so that loading is one copy. Little-endian:
 *
 *     0  "RZBPACK" 00   magic
 *     8  u32            ENGINE_VERSION
 *    12  u32            header bytes, a multiple of 64, JSON filled up with spaces
 *    16  u32            image bytes, a multiple of 64
 *    20  u32            checksum of the header
 *    24  u32            checksum of the image, seeded with that of the header
 *    28  u32            0
 *    32  header         {"graph": "<sha256 of the ONNX file>", "net": {...}}
 *     .  image          memory from CONSTANTS_BASE on
 *
 * A reader trusts nothing: addresses are derived from the net anew, and the net is judged field by
 * field. The checksum finds damage; whoever can write packs can change weights, nothing more.
 */
export const ENGINE_VERSION = 2;

const MAGIC = Uint8Array.from([...new TextEncoder().encode('RZBPACK'), 0]);
const PREFIX_BYTES = 32;
const BLOCK_BYTES = 64;

export type PackFailure = { readonly code: 'bad_pack'; readonly what: string };

interface Prefix {
  readonly headerBytes: number;
  readonly imageBytes: number;
  readonly headerSum: number;
  readonly imageSum: number;
}

/** The pack of a prepared session. */
export function writePack(kernels: Kernels, prepared: Prepared, graph: Digest): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify({ graph, net: prepared.net }));
  const headerBytes = roundUp(json.length, BLOCK_BYTES);
  if (headerBytes > PACK_HEADER_BYTES_MAX) throw new RangeError('pack: header too long');
  const imageBytes = imageBytesOf(prepared.layout);
  const pack = new Uint8Array(PREFIX_BYTES + headerBytes + imageBytes);
  const header = pack.subarray(PREFIX_BYTES, PREFIX_BYTES + headerBytes).fill(32);
  header.set(json);
  pack.set(
    new Uint8Array(kernels.memory.buffer, CONSTANTS_BASE, imageBytes),
    pack.length - imageBytes,
  );
  pack.set(MAGIC);
  const headerSum = sumHeader(kernels, header, prepared.layout.scratch);
  const view = new DataView(pack.buffer);
  view.setUint32(8, ENGINE_VERSION, true);
  view.setUint32(12, headerBytes, true);
  view.setUint32(16, imageBytes, true);
  view.setUint32(20, headerSum, true);
  view.setUint32(24, checksum(kernels, CONSTANTS_BASE, imageBytes, headerSum), true);
  return pack;
}

/** The header's checksum, computed by the same kernel at an address whose content may be lost. */
function sumHeader(kernels: Kernels, header: Uint8Array, address: number): number {
  reserve(kernels, address + header.length);
  new Uint8Array(kernels.memory.buffer, address, header.length).set(header);
  return checksum(kernels, address, header.length, ENGINE_VERSION);
}

/** u32 of `count` bytes, a multiple of BLOCK_BYTES. */
export function checksum(kernels: Kernels, from: number, count: number, seed: number): number {
  kernels.checksumStart(seed);
  kernels.checksumMore(from, count);
  return kernels.checksumEnd() >>> 0;
}

/** Buffers of constants start and end on cache lines, so this is whole blocks. */
function imageBytesOf(layout: Layout): number {
  return layout.constantsEnd - CONSTANTS_BASE;
}

/** Streams a pack into the memory of `kernels`: each byte is copied once. */
export async function readPack(
  kernels: Kernels,
  stream: ReadableStream<Uint8Array>,
  graph: Digest,
): Promise<Result<Prepared, PackFailure>> {
  const reader = new PackReader(kernels, graph);
  const whole = await eachChunk(stream, (chunk) => reader.take(chunk));
  return whole ? reader.finish() : fail({ code: 'bad_pack', what: reader.problem ?? 'stream' });
}

class PackReader {
  problem: string | null = null;
  readonly #kernels: Kernels;
  readonly #graph: Digest;
  readonly #prefix = new Uint8Array(PREFIX_BYTES);
  #filled = 0;
  #parsed: Prefix | null = null;
  #header = new Uint8Array(0);
  #prepared: Prepared | null = null;
  /** How much of the image the checksum has seen. */
  #summed = 0;

  constructor(kernels: Kernels, graph: Digest) {
    this.#kernels = kernels;
    this.#graph = graph;
  }

  /** Prefix, header and image one after the other; false at the first thing that is wrong. */
  take(chunk: Uint8Array): boolean {
    let rest = this.#fill(chunk, this.#prefix, 0);
    if (this.#filled < PREFIX_BYTES) return true;
    this.#parsed ??= this.#parsePrefix();
    if (this.#parsed === null) return false;
    rest = this.#fill(rest, this.#header, PREFIX_BYTES);
    const imageStart = PREFIX_BYTES + this.#header.length;
    if (this.#filled < imageStart) return true;
    this.#prepared ??= this.#parseHeader(this.#parsed);
    if (this.#prepared === null) return false;
    const at = this.#filled - imageStart;
    if (at + rest.length > this.#parsed.imageBytes) return this.#refuse('too long');
    const { buffer } = this.#kernels.memory;
    new Uint8Array(buffer, CONSTANTS_BASE + at, rest.length).set(rest);
    this.#filled += rest.length;
    const blocks = Math.floor((at + rest.length) / BLOCK_BYTES) * BLOCK_BYTES;
    this.#kernels.checksumMore(CONSTANTS_BASE + this.#summed, blocks - this.#summed);
    this.#summed = blocks;
    return true;
  }

  finish(): Result<Prepared, PackFailure> {
    const [parsed, prepared] = [this.#parsed, this.#prepared];
    if (parsed === null || prepared === null) return fail({ code: 'bad_pack', what: 'truncated' });
    if (this.#filled !== PREFIX_BYTES + parsed.headerBytes + parsed.imageBytes) {
      return fail({ code: 'bad_pack', what: 'truncated' });
    }
    const sum = this.#kernels.checksumEnd() >>> 0;
    return sum === parsed.imageSum
      ? ok(prepared)
      : fail({ code: 'bad_pack', what: 'image checksum' });
  }

  #fill(chunk: Uint8Array, into: Uint8Array, start: number): Uint8Array {
    const at = this.#filled - start;
    if (at >= into.length) return chunk;
    const part = chunk.subarray(0, into.length - at);
    into.set(part, at);
    this.#filled += part.length;
    return chunk.subarray(part.length);
  }

  #parsePrefix(): Prefix | null {
    const view = new DataView(this.#prefix.buffer);
    const headerBytes = view.getUint32(12, true);
    const imageBytes = view.getUint32(16, true);
    if (MAGIC.some((byte, i) => byte !== this.#prefix[i])) return this.#none('magic');
    if (view.getUint32(8, true) !== ENGINE_VERSION) return this.#none('version');
    if (headerBytes > PACK_HEADER_BYTES_MAX || headerBytes % BLOCK_BYTES !== 0) {
      return this.#none('header');
    }
    if (imageBytes > SESSION_BYTES_MAX || imageBytes % BLOCK_BYTES !== 0) {
      return this.#none('image');
    }
    if (view.getUint32(28, true) !== 0) return this.#none('prefix');
    this.#header = new Uint8Array(headerBytes);
    const [headerSum, imageSum] = [view.getUint32(20, true), view.getUint32(24, true)];
    return { headerBytes, imageBytes, headerSum, imageSum };
  }

  #parseHeader(prefix: Prefix): Prepared | null {
    const sum = sumHeader(this.#kernels, this.#header, CONSTANTS_BASE);
    if (sum !== prefix.headerSum) return this.#none('header checksum');
    const net = parseHeader(this.#header, this.#graph);
    if (net === null) return this.#none('header');
    const layout = layoutOf(net);
    if (layout.bytes > SESSION_BYTES_MAX || workOf(net) > WORK_MAX) return this.#none('size');
    if (imageBytesOf(layout) !== prefix.imageBytes) return this.#none('image');
    reserve(this.#kernels, layout.bytes);
    this.#kernels.checksumStart(prefix.headerSum);
    return { net, layout };
  }

  #none(what: string): null {
    this.problem = what;
    return null;
  }

  #refuse(what: string): false {
    this.problem = what;
    return false;
  }
}

function parseHeader(header: Uint8Array, graph: Digest): Net | null {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(header));
  } catch {
    // Not JSON or not UTF-8: the same verdict as any other wrong header.
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  if (!('graph' in value) || !('net' in value) || value.graph !== graph) return null;
  return readNet(value.net);
}
