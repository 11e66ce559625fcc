import { ok } from '../../result.ts';
import type { Decoding } from '../byte-input.ts';
import type { ImageResult } from '../failure.ts';
import { corrupt } from '../failure.ts';
import { u16be } from '../reader.ts';
import type { ColourHints } from './colour.ts';
import { readColourHint } from './colour.ts';
import type { Feed } from './feed.ts';
import type { Frame } from './frame.ts';
import { isFrameMarker, parseFrame } from './frame.ts';
import type { Scan } from './scan.ts';
import { parseScan } from './scan.ts';
import type { Segment } from './segments.ts';
import { findSegment, MARKER, readSegment } from './segments.ts';
import type { Tables } from './tables.ts';
import { newTables, readHuffmanTables, readQuantisationTables } from './tables.ts';

/** What the markers of a JPEG have said so far. */
export interface Reading {
  frame: Frame | undefined;
  readonly tables: Tables;
  readonly colour: ColourHints;
}

export function beginReading(): Reading {
  return {
    frame: undefined,
    tables: newTables(),
    colour: { jfif: false, adobeTransform: undefined },
  };
}

export interface FoundScan {
  readonly frame: Frame;
  readonly scan: Scan;
}

const START_BYTES = 2;

/** Reads to the first scan; the feed stands at its data then. */
export function* firstScan(reading: Reading, feed: Feed): Decoding<ImageResult<FoundScan>> {
  yield* feed.refill();
  feed.drop(Math.min(START_BYTES, feed.window().length));
  for (;;) {
    const found = findSegment(feed.window(), 0);
    if (!found.ok) return found;
    if (found.value.marker === 'cut') {
      if (feed.ended()) return corrupt('the JPEG ends before its first scan');
      // The window has room for any segment, so each turn gets on.
      feed.drop(found.value.at);
      yield* feed.refill();
      continue;
    }
    const taken = takeSegment(reading, found.value);
    if (!taken.ok) return taken;
    feed.drop(found.value.end);
    if (taken.value === 'end') return corrupt('the JPEG has no scan');
    if (taken.value !== undefined) return ok(taken.value);
  }
}

export interface LaterScan extends FoundScan {
  /** Index of its data. */
  readonly at: number;
}

/** The next scan after `from`, be that inside a scan's data; undefined at the end marker. */
export function nextScan(
  reading: Reading,
  bytes: Uint8Array,
  from: number,
): ImageResult<LaterScan | undefined> {
  let at = from;
  for (;;) {
    const found = readSegment(bytes, at);
    if (!found.ok) return found;
    at = found.value.end;
    const taken = takeSegment(reading, found.value);
    if (!taken.ok) return taken;
    if (taken.value === 'end') return ok(undefined);
    if (taken.value !== undefined) return ok({ ...taken.value, at });
  }
}

function takeSegment(
  reading: Reading,
  { marker, payload }: Segment,
): ImageResult<FoundScan | 'end' | undefined> {
  const { tables, frame } = reading;
  if (marker === MARKER.EOI) return ok('end');
  if (marker === MARKER.SOI) return corrupt('a second JPEG begins inside the first');
  if (marker === MARKER.SOS) {
    if (frame === undefined) return corrupt('a JPEG scan comes before the frame header');
    const scan = parseScan(frame, payload);
    return scan.ok ? ok({ frame, scan: scan.value }) : scan;
  }
  if (isFrameMarker(marker)) {
    if (frame !== undefined) return corrupt('the JPEG has two frame headers');
    const parsed = parseFrame(marker, payload);
    if (!parsed.ok) return parsed;
    reading.frame = parsed.value;
  } else if (marker === MARKER.DHT) {
    return toResult(readHuffmanTables(tables, payload));
  } else if (marker === MARKER.DQT) {
    return toResult(readQuantisationTables(tables, payload));
  } else if (marker === MARKER.DRI) {
    if (payload.length !== 2) return corrupt('a JPEG restart interval has a wrong length');
    tables.restartInterval = u16be(payload, 0);
  } else {
    readColourHint(reading.colour, marker, payload);
  }
  return ok(undefined);
}

function toResult(fault: string | undefined): ImageResult<undefined> {
  return fault === undefined ? ok(undefined) : corrupt(fault);
}
