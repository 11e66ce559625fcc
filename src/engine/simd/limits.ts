/** Kernels keep their scratch below this address; the constants follow. */
export const CONSTANTS_BASE = 8192;
/** Buffers start on cache lines, and vector loads may run over an end by less than one line. */
export const ALIGN_BYTES = 64;
/** Packed pixels of one block: half of an L2 cache. Smaller blocks measured no better. */
export const PIXEL_BLOCK_BYTES = 262_144;
/** V of one block of Winograd tiles, stride 1 and stride 2. */
export const TILE_BLOCK_BYTES = 327_680;
export const TILE_BLOCK_STRIDE2_BYTES = 393_216;
/** Tiles of one block of the stem, a multiple of 4. */
export const STEM_BLOCK_TILES = 20;
/** Each of the 36 matrices of a transform lies this much further: no two in one cache set. */
export const MATRIX_GAP_BYTES = 64;
/** WASM memory of one session: what an isolate of 128 MB can give beside its request memory. */
export const SESSION_BYTES_MAX = 110 * 2 ** 20;
/** Depth of one product: rows of 2^16 i8 weights keep sums of |w| * 255 below 2^31. */
export const DEPTH_MAX = 65_536;
/** |sum| that F(4x4, 3x3) returns exactly, and that F(4, 2) does. */
export const WINOGRAD_SUM_BITS = 25;
export const STRIDE2_SUM_BITS = 29;
/** |x| that rounding by adding 1.5 * 2^23 is right for. */
export const ROUND_BITS = 22;
/** Multiply-adds and pooled pixels of one inference: ResNet-152 at 448 x 448, about two seconds. */
export const WORK_MAX = 5e10;
/** Multiply-adds and elements that the plain interpreter may take: a fifth of a second, 32 MB. */
export const INTERPRETED_WORK_MAX = 8_000_000;
/** Header of a pack: ResNet-152 has 160 steps of about 250 bytes each. */
export const PACK_HEADER_BYTES_MAX = 1_048_576;
/** Steps and activations of a net: one per ONNX node at most. */
export const STEPS_MAX = 4096;
/** Rows, columns, channels of an activation. */
export const EXTENT_MAX = 65_536;
/** ONNX names have 512 bytes at most. */
export const NAME_CHARACTERS_MAX = 512;
/** From here on a level of Strassen saves more than its sums cost (npm run bench:engine). */
export const STRASSEN_DEPTH_MIN = 128;
/** Deeper windows leave too few pixels in one block: 512 > 512 3x3 at 7x7 lost 4 %. */
export const STRASSEN_DEPTH_MAX = 2048;
export const STRASSEN_PIXELS_MIN = 32;
/** What one read of a stream brings: more is no faster, less is more reads. */
export const READ_BYTES = 262_144;
