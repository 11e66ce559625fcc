import { ok } from '../../result.ts';
import type { ImageResult } from '../failure.ts';
import { corrupt } from '../failure.ts';
import { u16be } from '../reader.ts';
import type { ColourHints } from './colour.ts';
import { readColourHint } from './colour.ts';
import type { Frame } from './frame.ts';
import { isFrameMarker, parseFrame } from './frame.ts';
import type { Scan } from './scan.ts';
import { parseScan } from './scan.ts';
import { MARKER, readSegment } from './segments.ts';
import type { Tables } from './tables.ts';
import { newTables, readHuffmanTables, readQuantisationTables } from './tables.ts';

/** A JPEG that is being read: where, and what its markers have said so far. */
export interface Reading {
  readonly bytes: Uint8Array;
  at: number;
  frame: Frame | undefined;
  readonly tables: Tables;
  readonly colour: ColourHints;
}

export function beginReading(bytes: Uint8Array): Reading {
  return {
    bytes,
    at: 2,
    frame: undefined,
    tables: newTables(),
    colour: { jfif: false, adobeTransform: undefined },
  };
}

export interface FoundScan {
  readonly frame: Frame;
  readonly scan: Scan;
}

/** Reads on to the next scan, whose data begins at `reading.at`; undefined at the end marker. */
export function nextScan(reading: Reading): ImageResult<FoundScan | undefined> {
  for (;;) {
    const found = readSegment(reading.bytes, reading.at);
    if (!found.ok) return found;
    const { marker, payload, end } = found.value;
    reading.at = end;
    if (marker === MARKER.EOI) return ok(undefined);
    if (marker === MARKER.SOI) return corrupt('a second JPEG begins inside the first');
    if (marker === MARKER.SOS) {
      const { frame } = reading;
      if (frame === undefined) return corrupt('a JPEG scan comes before the frame header');
      const scan = parseScan(frame, payload);
      return scan.ok ? ok({ frame, scan: scan.value }) : scan;
    }
    const taken = takeSegment(reading, marker, payload);
    if (!taken.ok) return taken;
  }
}

function takeSegment(reading: Reading, marker: number, payload: Uint8Array): ImageResult<void> {
  const { tables } = reading;
  if (isFrameMarker(marker)) {
    if (reading.frame !== undefined) return corrupt('the JPEG has two frame headers');
    const frame = parseFrame(marker, payload);
    if (!frame.ok) return frame;
    reading.frame = frame.value;
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

function toResult(fault: string | undefined): ImageResult<void> {
  return fault === undefined ? ok(undefined) : corrupt(fault);
}
