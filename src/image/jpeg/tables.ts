import { huffmanTablesFault, quantisationTablesFault } from '../jpeg-tables.ts';
import { u16be } from '../reader.ts';

/** What the markers before a scan have set; later ones replace earlier ones. */
export interface Tables {
  /** By number: 64 values in natural order. */
  readonly quantisation: (Uint16Array | undefined)[];
  /** Slots 0 to 3 are DC tables, 4 to 7 AC ones: 16 counts, then the symbols. */
  readonly huffman: (Uint8Array | undefined)[];
  restartInterval: number;
}

export function newTables(): Tables {
  return { quantisation: [], huffman: [], restartInterval: 0 };
}

/** Reads a DHT payload; a fault in words, or undefined. */
export function readHuffmanTables(tables: Tables, payload: Uint8Array): string | undefined {
  const fault = huffmanTablesFault(payload);
  if (fault !== undefined) return fault;
  for (let at = 0; at < payload.length; ) {
    const kind = payload[at]!;
    const symbols = payload.subarray(at + 1, at + 17).reduce((sum, count) => sum + count, 0);
    const spec = payload.slice(at + 1, at + 17 + symbols);
    if (kind < 16 && spec.subarray(16).some((symbol) => symbol > 15)) {
      return 'a JPEG DC table has a symbol above 15';
    }
    tables.huffman[(kind >> 4) * 4 + (kind & 15)] = spec;
    at += 17 + symbols;
  }
  return undefined;
}

/** Reads a DQT payload; a fault in words, or undefined. */
export function readQuantisationTables(tables: Tables, payload: Uint8Array): string | undefined {
  const fault = quantisationTablesFault(payload);
  if (fault !== undefined) return fault;
  for (let at = 0; at < payload.length; ) {
    const kind = payload[at]!;
    const wide = kind >> 4;
    const table = new Uint16Array(64);
    for (let k = 0; k < 64; k++) {
      const value = wide ? u16be(payload, at + 1 + 2 * k) : payload[at + 1 + k]!;
      table[ZIGZAG[k]!] = value;
    }
    tables.quantisation[kind & 15] = table;
    at += 1 + 64 * (1 + wide);
  }
  return undefined;
}

/** Natural (row by row) index of each zigzag index, ITU T.81 figure A.6. */
export const ZIGZAG: Uint8Array = Uint8Array.from([
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
  13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52,
  45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
]);
