// Where things lie in linear memory. Fixed tables come first; all that depends on the picture
// lies above HEAP, at addresses that TypeScript computes and hands over.

/** Quantisation tables: 4 x 64 u16 in natural order. */
export const QUANT: usize = 4096;
/** What a component needs while its rows are made: 4 x 64 bytes, see rows.ts. */
export const COMPONENTS: usize = QUANT + 512;
/** All that a scan changes, from here to the end of STATE. */
export const SCAN: usize = COMPONENTS + 256;
/** Blocks of one MCU in scan order: 10 x 64 bytes, see mcu.ts. */
export const MCU_BLOCKS: usize = SCAN;
/** DC predictors: 4 x i32. */
export const PREDICTORS: usize = MCU_BLOCKS + 640;
/** One block's 64 i16 coefficients; zero between blocks. */
export const BLOCK: usize = PREDICTORS + 64;
/** The IDCT between its passes. */
export const WORK: usize = BLOCK + 128;
/** State of the bit reader, see bits.ts. */
export const STATE: usize = WORK + 128;
export const SCAN_BYTES: usize = STATE + 128 - SCAN;
/** A DHT's counts and symbols on their way into a look-up table: 16 + 256 bytes. */
export const HUFFMAN_SPEC: usize = STATE + 128;

/** Look-up tables of a picture's only scan: DC 0 to 3, then AC 0 to 3. */
export const TABLES: usize = 8192;
export const LOOKUP_BITS: i32 = 11;
export const TABLE_BYTES: usize = (1 << (LOOKUP_BITS + 2)) + 512;

/** A window of the file as it is, with room for the longest segment of a JPEG. */
export const RAW: usize = TABLES + 8 * TABLE_BYTES;
export const RAW_BYTES: usize = 65536 + 2048;

/** No MCU has more bytes: ten blocks of 64 coefficients of at most 31 bits. */
export const MCU_BYTES_MAX: usize = 2560;

/** Clean bytes of a picture's only scan; inflated ones of a PNG. */
export const CLEAN: usize = RAW + RAW_BYTES + 64;
export const CLEAN_BYTES: usize = RAW_BYTES + 2 * MCU_BYTES_MAX + 64;

export const HEAP: usize = (CLEAN + CLEAN_BYTES + 4095) & ~4095;

export function heapStart(): usize {
  return HEAP;
}

export function rawStart(): usize {
  return RAW;
}

export function rawBytes(): usize {
  return RAW_BYTES;
}

export function quantStart(): usize {
  return QUANT;
}

export function huffmanSpecStart(): usize {
  return HUFFMAN_SPEC;
}

export function cleanStart(): usize {
  return CLEAN;
}

export function cleanBytes(): usize {
  return CLEAN_BYTES;
}

export function tablesStart(): usize {
  return TABLES;
}

export function tableBytes(): usize {
  return TABLE_BYTES;
}

export function scanBytes(): usize {
  return SCAN_BYTES;
}
