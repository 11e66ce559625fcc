/**
 * Checks a DHT payload; a fault in words, or undefined.
 *
 *     class:index u8 | counts of codes with 1 to 16 bits | symbols, as many as the counts say
 */
export function huffmanTablesFault(payload: Uint8Array): string | undefined {
  let at = 0;
  while (at < payload.length) {
    const kind = payload[at]!;
    if (kind >> 4 > 1 || (kind & 15) > 3) return `JPEG Huffman table number ${kind}`;
    if (at + 17 > payload.length) return 'a JPEG Huffman table is cut off';
    let symbols = 0;
    let free = 1;
    for (let bits = 1; bits <= 16; bits++) {
      const count = payload[at + bits]!;
      symbols += count;
      free = free * 2 - count;
      if (free < 0) return `a JPEG Huffman table has too many codes of ${bits} bits`;
    }
    if (symbols > 256) return `a JPEG Huffman table of ${symbols} symbols`;
    at += 17 + symbols;
  }
  return at > payload.length ? 'a JPEG Huffman table is cut off' : undefined;
}

/** Checks a DQT payload: precision:index u8 | 64 values of 1 or 2 bytes. */
export function quantisationTablesFault(payload: Uint8Array): string | undefined {
  let at = 0;
  while (at < payload.length) {
    const kind = payload[at]!;
    if (kind >> 4 > 1 || (kind & 15) > 3) return `JPEG quantisation table number ${kind}`;
    at += 1 + 64 * (1 + (kind >> 4));
  }
  return at > payload.length ? 'a JPEG quantisation table is cut off' : undefined;
}
