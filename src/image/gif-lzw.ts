/** GIF89a, appendix F: codes grow to 12 bits. */
const CODES_MAX = 4096;
const NONE = -1;

/**
 * Decodes the LZW data of a GIF picture into `out`, and gives how many indexes it wrote: fewer
 * than there is room for where the data end early or are damaged. More data than that is ignored.
 *
 *     sub-blocks: length u8, data; the empty one ends. Codes lie across them, lowest bit first:
 *     0 .. 2^codeSize - 1 an index | clear | end | table entries, each an older string and an index
 */
export function decodeLzw(
  file: Uint8Array,
  from: number,
  codeSize: number,
  out: Uint8Array,
): number {
  const prefix = new Uint16Array(CODES_MAX);
  const suffix = new Uint8Array(CODES_MAX);
  const length = new Uint16Array(CODES_MAX).fill(1);
  const clear = 1 << codeSize;
  for (let code = 0; code < clear; code++) suffix[code] = code;
  const reader = openSubBlocks(file, from);
  let bits = codeSize + 1;
  let next = clear + 2;
  let previous = NONE;
  let written = 0;
  while (written < out.length) {
    const code = reader.read(bits);
    if (code === NONE || code === clear + 1) break;
    if (code === clear) {
      bits = codeSize + 1;
      next = clear + 2;
      previous = NONE;
      continue;
    }
    // The one code that may be used before it is made: the previous string and its own first index.
    const isNew = code === next && previous !== NONE && next < CODES_MAX;
    if (!isNew && (code >= next || (previous === NONE && code > clear))) break;
    const known = isNew ? previous : code;
    const size = length[known]! + (isNew ? 1 : 0);
    let chased = known;
    for (let at = written + length[known]! - 1; at >= written; at--) {
      if (at < out.length) out[at] = suffix[chased]!;
      if (at > written) chased = prefix[chased]!;
    }
    const first = suffix[chased]!;
    if (isNew && written + size <= out.length) out[written + size - 1] = first;
    written += size;
    if (previous !== NONE && next < CODES_MAX) {
      prefix[next] = previous;
      suffix[next] = first;
      length[next] = length[previous]! + 1;
      next++;
      if (next === 1 << bits && bits < 12) bits++;
    }
    previous = code;
  }
  return Math.min(written, out.length);
}

interface CodeReader {
  /** The next code, or -1 at the end of the data. */
  read(bits: number): number;
}

function openSubBlocks(file: Uint8Array, from: number): CodeReader {
  let at = from;
  let left = 0;
  let held = 0;
  let heldBits = 0;
  return {
    read(bits) {
      while (heldBits < bits) {
        if (left === 0) {
          left = file[at] ?? 0;
          at++;
          if (left === 0 || at + left > file.length) return NONE;
        }
        held |= file[at]! << heldBits;
        heldBits += 8;
        at++;
        left--;
      }
      const code = held & ((1 << bits) - 1);
      held >>>= bits;
      heldBits -= bits;
      return code;
    },
  };
}
