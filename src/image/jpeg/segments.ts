import { ok } from '../../result.ts';
import type { ImageResult } from '../failure.ts';
import { corrupt } from '../failure.ts';
import { u16be } from '../reader.ts';

export const MARKER = { SOI: 0xd8, EOI: 0xd9, SOS: 0xda, DQT: 0xdb, DRI: 0xdd, DHT: 0xc4 } as const;
export const APP0 = 0xe0;
export const APP14 = 0xee;

export interface Segment {
  readonly marker: number;
  /** A view: who keeps some of it makes a copy. */
  readonly payload: Uint8Array;
  /** Index of the first byte after it. */
  readonly end: number;
}

/** The bytes end inside a segment or before one; it begins at `at` at the earliest. */
export interface Cut {
  readonly marker: 'cut';
  readonly at: number;
}

const TEM = 0x01;

/**
 * The next segment at or after `from`. Fill bytes, junk before a marker, a scan's data and restart
 * markers that no scan has taken are skipped, as libjpeg does. EOI has an empty payload.
 */
export function findSegment(bytes: Uint8Array, from: number): ImageResult<Segment | Cut> {
  let at = from;
  for (;;) {
    at = bytes.indexOf(0xff, at);
    if (at < 0) return ok({ marker: 'cut', at: bytes.length });
    while (bytes[at] === 0xff) at++;
    const marker = bytes[at];
    // Of any number of fill bytes one is enough to know a marker by.
    const start = at - 1;
    if (marker === undefined) return ok({ marker: 'cut', at: start });
    at++;
    if (marker === 0 || marker === TEM || isRestart(marker)) continue;
    if (marker === MARKER.EOI || marker === MARKER.SOI) {
      return ok({ marker, payload: bytes.subarray(at, at), end: at });
    }
    if (at + 2 > bytes.length) return ok({ marker: 'cut', at: start });
    const end = at + u16be(bytes, at);
    if (end < at + 2) return corrupt('a JPEG segment has no room for its length');
    if (end > bytes.length) return ok({ marker: 'cut', at: start });
    return ok({ marker, payload: bytes.subarray(at + 2, end), end });
  }
}

/** The same where nothing follows the bytes. */
export function readSegment(bytes: Uint8Array, from: number): ImageResult<Segment> {
  const found = findSegment(bytes, from);
  if (!found.ok) return found;
  if (found.value.marker !== 'cut') return ok(found.value);
  return corrupt('the JPEG ends inside a segment or before its end marker');
}

function isRestart(marker: number): boolean {
  return marker >= 0xd0 && marker <= 0xd7;
}
