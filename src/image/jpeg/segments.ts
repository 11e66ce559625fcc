import { ok } from '../../result.ts';
import type { ImageResult } from '../failure.ts';
import { corrupt } from '../failure.ts';
import { u16be } from '../reader.ts';

export const MARKER = { SOI: 0xd8, EOI: 0xd9, SOS: 0xda, DQT: 0xdb, DRI: 0xdd, DHT: 0xc4 } as const;
export const APP0 = 0xe0;
export const APP14 = 0xee;

export interface Segment {
  readonly marker: number;
  readonly payload: Uint8Array;
  /** Index of the first byte after it. */
  readonly end: number;
}

const TEM = 0x01;

/**
 * The next segment at or after `from`. Fill bytes, junk before a marker and restart markers that
 * no scan has taken are skipped, as libjpeg does. EOI has an empty payload.
 */
export function readSegment(bytes: Uint8Array, from: number): ImageResult<Segment> {
  let at = from;
  for (;;) {
    at = bytes.indexOf(0xff, at);
    if (at < 0) return corrupt('the JPEG ends before its end marker');
    while (bytes[at] === 0xff) at++;
    const marker = bytes[at];
    if (marker === undefined) return corrupt('the JPEG ends before its end marker');
    at++;
    if (marker === 0 || marker === TEM || isRestart(marker)) continue;
    if (marker === MARKER.EOI || marker === MARKER.SOI) {
      return ok({ marker, payload: bytes.subarray(at, at), end: at });
    }
    const end = at + u16be(bytes, at);
    if (end < at + 2 || end > bytes.length) return corrupt('a JPEG segment ends past the file');
    return ok({ marker, payload: bytes.subarray(at + 2, end), end });
  }
}

function isRestart(marker: number): boolean {
  return marker >= 0xd0 && marker <= 0xd7;
}
