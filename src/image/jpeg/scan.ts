import { ok } from '../../result.ts';
import type { ImageResult } from '../failure.ts';
import { corrupt } from '../failure.ts';
import type { Frame } from './frame.ts';

export interface ScanComponent {
  /** Index in the frame. */
  readonly index: number;
  /** Slots as in Tables: 0 to 3 and 4 to 7. */
  readonly dcSlot: number;
  readonly acSlot: number;
}

export interface Scan {
  readonly components: readonly ScanComponent[];
  /** Spectral selection: zigzag indexes from first to last. */
  readonly first: number;
  readonly last: number;
  /** Successive approximation: the bit below which the earlier scan stopped (0: none), and ours. */
  readonly high: number;
  readonly low: number;
}

/** ITU T.81, B.2.3: at most ten blocks in an interleaved MCU. */
const MCU_BLOCKS_MAX = 10;

/** jdphuff.c: more bits than coefficients have. */
const LOW_MAX = 13;

/** components u8 | id, tables: 2 bytes each | Ss, Se, Ah:Al */
export function parseScan(frame: Frame, payload: Uint8Array): ImageResult<Scan> {
  const count = payload[0] ?? 0;
  if (count < 1 || count > 4 || payload.length !== 4 + 2 * count) {
    return corrupt('a JPEG scan header has a wrong length');
  }
  const components: ScanComponent[] = [];
  let blocks = 0;
  for (let i = 0; i < count; i++) {
    const [id, slots] = payload.subarray(1 + 2 * i, 3 + 2 * i);
    const index = frame.components.findIndex((candidate) => candidate.id === id);
    if (index < 0) return corrupt(`a JPEG scan names the unknown component ${id}`);
    if (components.some((other) => other.index === index)) {
      return corrupt(`a JPEG scan names component ${id} twice`);
    }
    const [dc, ac] = [slots! >> 4, slots! & 15];
    if (dc > 3 || ac > 3) return corrupt(`a JPEG scan names Huffman tables ${dc} and ${ac}`);
    const { h, v } = frame.components[index]!;
    blocks += h * v;
    components.push({ index, dcSlot: dc, acSlot: 4 + ac });
  }
  if (count > 1 && blocks > MCU_BLOCKS_MAX) return corrupt(`${blocks} blocks in a JPEG MCU`);
  const [first, last, bits] = payload.subarray(1 + 2 * count);
  if (!frame.progressive) return ok({ components, first: 0, last: 63, high: 0, low: 0 });
  return checkProgressive({
    components,
    first: first!,
    last: last!,
    high: bits! >> 4,
    low: bits! & 15,
  });
}

function checkProgressive(scan: Scan): ImageResult<Scan> {
  const { components, first, last, high, low } = scan;
  const bandOk = first === 0 ? last === 0 : first <= last && last <= 63 && components.length === 1;
  if (!bandOk) return corrupt(`a JPEG scan of coefficients ${first} to ${last}`);
  if (low > LOW_MAX || (high !== 0 && low !== high - 1)) {
    return corrupt(`a JPEG scan of bits ${high} to ${low}`);
  }
  return ok(scan);
}
