import { ok } from '../result.ts';
import type { ImageResult } from './failure.ts';
import { corrupt } from './failure.ts';
import type { ParsedHeader } from './header.ts';
import { AVIF_BOXES_MAX } from './limits.ts';
import type { Orientation } from './orientation.ts';
import { latin1, u16be, u32be } from './reader.ts';

/**
 * An AVIF is a tree of boxes: size u32, type, payload. The primary item's properties say its size
 * (ispe) and how it is turned (irot) and mirrored (imir):
 *
 *     meta: version u32 | pitm (primary item) | iprp: ipco (properties), ipma (who has which)
 */
export function parseAvifHeader(bytes: Uint8Array): ImageResult<ParsedHeader> {
  const meta = findBox(bytes, 'meta');
  if (meta === undefined) return corrupt('the AVIF has no description of its picture');
  const children = meta.subarray(4);
  const primary = primaryItem(findBox(children, 'pitm'));
  const properties = findBox(children, 'iprp');
  const list = properties && findBox(properties, 'ipco');
  const associations = properties && findBox(properties, 'ipma');
  if (primary === undefined || list === undefined || associations === undefined) {
    return corrupt('the AVIF does not say which picture is its primary one');
  }
  const all = boxes(list);
  const own = propertyIndexes(associations, primary).map((index) => all[index - 1]);
  const size = own.find((box) => box?.type === 'ispe')?.data;
  if (size === undefined || size.length < 12) return corrupt('the AVIF does not say its size');
  const width = u32be(size, 4);
  const height = u32be(size, 8);
  if (width === 0 || height === 0) return corrupt(`the AVIF says ${width}x${height} pixels`);
  const angle = own.find((box) => box?.type === 'irot')?.data[0];
  const mirror = own.find((box) => box?.type === 'imir')?.data[0];
  const sequence = latin1(bytes, 8, 4) === 'avis';
  return ok({
    format: 'avif',
    stored: { width, height, orientation: turned(angle, mirror) },
    opaque: false,
    features: sequence ? ['avif.sequence'] : [],
  });
}

/** By angle (quarter turns anticlockwise), then mirror: none, top with bottom, left with right. */
const TURNS: ReadonlyArray<readonly [Orientation, Orientation, Orientation]> = [
  [1, 4, 2],
  [8, 5, 7],
  [3, 2, 4],
  [6, 7, 5],
];

/** ISO/IEC 23008-12, 6.5.10 and 6.5.12: the turn comes first. */
function turned(angle: number | undefined, mirror: number | undefined): Orientation {
  return TURNS[(angle ?? 0) & 3]![mirror === undefined ? 0 : 1 + (mirror & 1)]!;
}

interface Box {
  readonly type: string;
  readonly data: Uint8Array;
}

function boxes(bytes: Uint8Array): readonly Box[] {
  const found: Box[] = [];
  let at = 0;
  while (at + 8 <= bytes.length && found.length < AVIF_BOXES_MAX) {
    const size = u32be(bytes, at);
    // 1 announces a 64-bit size, which only media data need; 0 means "to the end".
    const header = size === 1 ? 16 : 8;
    const end = size === 0 ? bytes.length : at + (size === 1 ? largeSize(bytes, at + 8) : size);
    if (end < at + header || end > bytes.length) break;
    found.push({ type: latin1(bytes, at + 4, 4), data: bytes.subarray(at + header, end) });
    at = end;
  }
  return found;
}

function largeSize(bytes: Uint8Array, at: number): number {
  return u32be(bytes, at) * 2 ** 32 + u32be(bytes, at + 4);
}

function findBox(bytes: Uint8Array, type: string): Uint8Array | undefined {
  return boxes(bytes).find((box) => box.type === type)?.data;
}

/** version u8, flags u24 | item id, u16 in version 0, else u32 */
function primaryItem(pitm: Uint8Array | undefined): number | undefined {
  if (pitm === undefined || pitm.length < 6) return undefined;
  return pitm[0] === 0 ? u16be(pitm, 4) : u32be(pitm, 4);
}

/**
 *     version u8, flags u24 | entries u32
 *     entry: item id u16 (u32 from version 1) | count u8 | essential bit, index: u8 (u16 if flag)
 */
function propertyIndexes(ipma: Uint8Array, item: number): readonly number[] {
  const wideItem = ipma[0] !== 0;
  const wideIndex = ((ipma[3] ?? 0) & 1) === 1;
  const entries = u32be(ipma, 4);
  let at = 8;
  for (let i = 0; i < entries && at < ipma.length; i++) {
    const id = wideItem ? u32be(ipma, at) : u16be(ipma, at);
    at += wideItem ? 4 : 2;
    const count = ipma[at] ?? 0;
    at++;
    const indexBytes = wideIndex ? 2 : 1;
    if (id === item) {
      return Array.from({ length: count }, (_, k) =>
        wideIndex ? u16be(ipma, at + 2 * k) & 0x7fff : (ipma[at + k] ?? 0) & 0x7f,
      );
    }
    at += count * indexBytes;
  }
  return [];
}
