import { instantiate, reserve } from './kernels.ts';
import { CONSTANTS_BASE } from './limits.ts';
import { checksum, ENGINE_VERSION } from './pack.ts';

const PREFIX_BYTES = 32;
/** Values that a number of a pack's header is replaced by: edges, zeros, and what is no number. */
const VALUES = ['0', '1', '2', '-1', '3', '7', '8', '255', '65536', '1e9', '0.5', 'null'];

/** The net of a pack as JSON text, with the digest of its graph. */
export function headerOf(pack: Uint8Array): string {
  const view = new DataView(pack.buffer, pack.byteOffset, pack.byteLength);
  const end = PREFIX_BYTES + view.getUint32(12, true);
  return new TextDecoder().decode(pack.subarray(PREFIX_BYTES, end));
}

/** One number of a header replaced. */
export function mutateHeader(json: string, next: () => number): string {
  const numbers = [...json.matchAll(/(?<=[:,[])-?\d+(\.\d+)?(?=[,\]}])/g)];
  const match = numbers[Math.floor(next() * numbers.length)];
  if (match === undefined) throw new Error('no numbers in the header');
  const value = VALUES[Math.floor(next() * VALUES.length)] ?? '0';
  return `${json.slice(0, match.index)}${value}${json.slice(match.index + match[0].length)}`;
}

/** The pack under another header, with checksums that fit: what a malicious writer can make. */
export function forgePack(
  module: WebAssembly.Module,
  pack: Uint8Array,
  json: string,
): Uint8Array<ArrayBuffer> {
  const kernels = instantiate(module);
  const view = new DataView(pack.buffer, pack.byteOffset, pack.byteLength);
  const image = pack.subarray(PREFIX_BYTES + view.getUint32(12, true));
  const text = new TextEncoder().encode(json);
  const header = new Uint8Array(Math.ceil(text.length / 64) * 64).fill(32);
  header.set(text);
  const sum = (bytes: Uint8Array, seed: number) => {
    reserve(kernels, CONSTANTS_BASE + bytes.length);
    new Uint8Array(kernels.memory.buffer, CONSTANTS_BASE, bytes.length).set(bytes);
    return checksum(kernels, CONSTANTS_BASE, bytes.length, seed);
  };
  const forged = new Uint8Array(PREFIX_BYTES + header.length + image.length);
  forged.set(pack.subarray(0, PREFIX_BYTES));
  forged.set(header, PREFIX_BYTES);
  forged.set(image, PREFIX_BYTES + header.length);
  const to = new DataView(forged.buffer);
  const headerSum = sum(header, ENGINE_VERSION);
  to.setUint32(12, header.length, true);
  to.setUint32(20, headerSum, true);
  to.setUint32(24, sum(image, headerSum), true);
  return forged;
}

/** How much of an ONNX file's beginning is structure; what follows is weights for the most part. */
const STRUCTURE_BYTES = 20_000;

/**
 * One to four edits of a file: bytes set, bits flipped, runs removed or repeated, the end cut off.
 * Half of them go to its beginning.
 */
export function damage(bytes: Uint8Array, next: () => number): Uint8Array<ArrayBuffer> {
  const pick = (below: number) => Math.floor(next() * below);
  let list = Uint8Array.from(bytes);
  for (let edits = 1 + pick(4); edits > 0; edits--) {
    const range = pick(2) === 0 ? list.length : Math.min(STRUCTURE_BYTES, list.length);
    const at = pick(Math.max(range, 1));
    const kind = pick(12);
    if (kind < 5) list[at] = [0, 0xff, 0x7f, 0x80, pick(256)][pick(5)] ?? 0;
    else if (kind < 9) list[at] = (list[at] ?? 0) ^ (1 << pick(8));
    else if (kind === 9) list = splice(list, at, at + 1 + pick(64));
    else if (kind === 10) list = splice(list, at, Math.max(0, at - 40));
    else if (pick(4) === 0) list = list.slice(0, at);
  }
  return list;
}

/** What lies before `head`, then what lies from `tail` on. */
function splice(list: Uint8Array, head: number, tail: number): Uint8Array<ArrayBuffer> {
  const rest = list.subarray(Math.min(tail, list.length));
  const out = new Uint8Array(head + rest.length);
  out.set(list.subarray(0, head));
  out.set(rest, head);
  return out;
}
