import { ok } from '../../result.ts';
import type { ImageResult } from '../failure.ts';
import { corrupt, unsupported } from '../failure.ts';
import { u16be } from '../reader.ts';

/** One component (colour plane) of the frame. */
export interface Component {
  readonly id: number;
  /** Sampling factors: blocks in an MCU. */
  readonly h: number;
  readonly v: number;
  readonly quantTable: number;
  /** Samples: ceil(picture * factor / largest factor). */
  readonly width: number;
  readonly height: number;
  /** Blocks, padded to whole MCUs. */
  readonly blocksWide: number;
  readonly blocksHigh: number;
  /** Pixels a sample covers. */
  readonly timesX: number;
  readonly timesY: number;
  readonly upsampling: Upsampling;
}

/** As assembly/rows.ts numbers them. */
export const UPSAMPLING = { repeat: 0, h2v1: 1, h2v2: 2, h1v2: 3 } as const;
export type Upsampling = (typeof UPSAMPLING)[keyof typeof UPSAMPLING];

export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly progressive: boolean;
  readonly components: readonly Component[];
  readonly mcusWide: number;
  readonly mcusHigh: number;
  /** Pixel rows of an MCU. */
  readonly mcuRows: number;
}

const BASELINE = 0xc0;
const PROGRESSIVE = 0xc2;

export function isFrameMarker(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

/** precision u8 | height u16 | width u16 | components u8 | id, factors, table: 3 bytes each */
export function parseFrame(marker: number, payload: Uint8Array): ImageResult<Frame> {
  if (marker < BASELINE || marker > PROGRESSIVE) return unsupported('JPEG', 'jpeg.lossless');
  const count = payload[5] ?? 0;
  if (payload.length !== 6 + 3 * count) return corrupt('the JPEG frame header has a wrong length');
  if (payload[0] !== 8) return unsupported('JPEG', 'jpeg.12bit');
  const height = u16be(payload, 1);
  const width = u16be(payload, 3);
  if (width === 0 || height === 0) return corrupt('the JPEG has no size');
  if (count !== 1 && count !== 3 && count !== 4) return unsupported('JPEG', 'jpeg.components');
  const raw: { id: number; h: number; v: number; quantTable: number }[] = [];
  for (let i = 0; i < count; i++) {
    const [id, factors, quantTable] = payload.subarray(6 + 3 * i, 9 + 3 * i);
    const [h, v] = [factors! >> 4, factors! & 15];
    if (h < 1 || h > 4 || v < 1 || v > 4) return corrupt(`JPEG sampling factors ${h}x${v}`);
    if (quantTable! > 3) return corrupt(`JPEG quantisation table ${quantTable}`);
    if (raw.some((other) => other.id === id)) return corrupt(`two JPEG components ${id}`);
    raw.push({ id: id!, h, v, quantTable: quantTable! });
  }
  // A lone component's blocks come one by one whatever its factors.
  if (count === 1) Object.assign(raw[0]!, { h: 1, v: 1 });
  const hMax = Math.max(...raw.map(({ h }) => h));
  const vMax = Math.max(...raw.map(({ v }) => v));
  if (raw.some(({ h, v }) => hMax % h !== 0 || vMax % v !== 0)) {
    return unsupported('JPEG', 'jpeg.fractional');
  }
  const mcusWide = Math.ceil(width / (8 * hMax));
  const mcusHigh = Math.ceil(height / (8 * vMax));
  const components = raw.map(({ id, h, v, quantTable }): Component => {
    const [timesX, timesY] = [hMax / h, vMax / v];
    const planeWidth = Math.ceil(width / timesX);
    return {
      ...{ id, h, v, quantTable, timesX, timesY },
      width: planeWidth,
      height: Math.ceil(height / timesY),
      blocksWide: mcusWide * h,
      blocksHigh: mcusHigh * v,
      upsampling: chooseUpsampling(timesX, timesY, planeWidth),
    };
  });
  const progressive = marker === PROGRESSIVE;
  return ok({ width, height, progressive, components, mcusWide, mcusHigh, mcuRows: 8 * vMax });
}

/** jdsample.c, jinit_upsampler: the filter in both directions needs three columns. */
function chooseUpsampling(timesX: number, timesY: number, width: number): Upsampling {
  if (timesX === 2 && timesY === 1 && width > 2) return UPSAMPLING.h2v1;
  if (timesX === 2 && timesY === 2 && width > 2) return UPSAMPLING.h2v2;
  if (timesX === 1 && timesY === 2) return UPSAMPLING.h1v2;
  return UPSAMPLING.repeat;
}
