import { ok } from '../result.ts';
import { exifOrientation, stripExifPrefix } from './exif.ts';
import type { ImageResult } from './failure.ts';
import { corrupt, unsupported } from './failure.ts';
import type { ImageFeature, ParsedHeader } from './header.ts';
import { huffmanTablesFault, quantisationTablesFault } from './jpeg-tables.ts';
import type { Orientation } from './orientation.ts';
import { latin1, u16be } from './reader.ts';

/**
 * Walks a JPEG's markers to its end. The whole file is walked, not only the frame header, because
 * the decoding library fills a truncated picture with grey and says nothing.
 *
 *     FF D8 | FF marker, length u16, payload ... | FF DA scan header, entropy data ... | FF D9
 */
export function parseJpegHeader(bytes: Uint8Array): ImageResult<ParsedHeader> {
  const walk: Walk = {
    bytes,
    frame: undefined,
    orientation: undefined,
    adobeTransform: undefined,
    scans: 0,
  };
  // Junk between later segments is skipped, as libjpeg does, but a file begins with two markers.
  if (bytes.length > 2 && bytes[2] !== 0xff) return corrupt('no marker follows the JPEG start');
  let at = 2;
  for (;;) {
    at = nextMarker(bytes, at);
    if (at >= bytes.length) return corrupt('the JPEG ends before its end marker');
    const marker = bytes[at]!;
    at++;
    if (marker === EOI) return finish(walk);
    if (marker === SOI) return corrupt('a second JPEG begins inside the first');
    if (marker === TEM || isRestart(marker)) continue;
    const length = u16be(bytes, at);
    if (length < 2 || at + length > bytes.length) {
      return corrupt(`JPEG segment FF${hex(marker)} has no room for its length`);
    }
    const stopped = readSegment(walk, marker, bytes.subarray(at + 2, at + length));
    if (stopped !== undefined) return stopped;
    at += length;
    if (marker === SOS) at = endOfEntropyData(bytes, at);
  }
}

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const DQT = 0xdb;
const DNL = 0xdc;
const DHT = 0xc4;
const TEM = 0x01;
const APP1 = 0xe1;
const APP14 = 0xee;
const PROGRESSIVE = 0xc2;

interface Walk {
  readonly bytes: Uint8Array;
  frame: Frame | undefined;
  orientation: Orientation | undefined;
  adobeTransform: number | undefined;
  scans: number;
}

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly progressive: boolean;
  readonly components: readonly Component[];
}

interface Component {
  readonly id: number;
  readonly horizontal: number;
  readonly vertical: number;
}

type Failed = ImageResult<never>;

function readSegment(walk: Walk, marker: number, payload: Uint8Array): Failed | undefined {
  switch (marker) {
    case SOS:
      return readScan(walk, payload);
    case DHT:
      return toCorrupt(huffmanTablesFault(payload));
    case DQT:
      return toCorrupt(quantisationTablesFault(payload));
    case DNL:
      return walk.frame?.height === 0 ? unsupported('JPEG', 'jpeg.dnl') : undefined;
    case APP1: {
      const tiff = stripExifPrefix(payload);
      // The first block counts: later ones belong to thumbnails or to careless editors.
      if (tiff !== undefined) walk.orientation ??= exifOrientation(tiff);
      return undefined;
    }
    case APP14:
      if (latin1(payload, 0, 5) === 'Adobe') walk.adobeTransform = payload[11];
      return undefined;
    default:
      return isFrame(marker) ? readFrame(walk, marker, payload) : undefined;
  }
}

function toCorrupt(fault: string | undefined): Failed | undefined {
  return fault === undefined ? undefined : corrupt(fault);
}

/** SOF0 to SOF15 without DHT, JPG and DAC, which lie between them, and SOF55. */
function isFrame(marker: number): boolean {
  if (marker === 0xf7) return true;
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

const UNSUPPORTED_FRAMES: ReadonlyMap<number, ImageFeature> = new Map<number, ImageFeature>([
  [0xc3, 'jpeg.lossless'],
  [0xc5, 'jpeg.hierarchical'],
  [0xc6, 'jpeg.hierarchical'],
  [0xc7, 'jpeg.hierarchical'],
  [0xc9, 'jpeg.arithmetic'],
  [0xca, 'jpeg.arithmetic'],
  [0xcb, 'jpeg.lossless'],
  [0xcd, 'jpeg.hierarchical'],
  [0xce, 'jpeg.hierarchical'],
  [0xcf, 'jpeg.hierarchical'],
  [0xf7, 'jpeg.ls'],
]);

/** precision u8 | height u16 | width u16 | components u8 | id, factors, table: 3 bytes each */
function readFrame(walk: Walk, marker: number, payload: Uint8Array): Failed | undefined {
  if (walk.frame !== undefined) return corrupt('the JPEG has two frame headers');
  const feature = UNSUPPORTED_FRAMES.get(marker);
  if (feature !== undefined) return unsupported('JPEG', feature);
  const count = payload[5] ?? 0;
  if (payload.length !== 6 + 3 * count) return corrupt('the JPEG frame header has a wrong length');
  if (payload[0] === 12) return unsupported('JPEG', 'jpeg.12bit');
  if (payload[0] !== 8) return corrupt(`the JPEG frame header says ${payload[0]} bits a sample`);
  if (count === 0) return corrupt('the JPEG frame has no components');
  if (count === 2 || count > 4) return unsupported('JPEG', 'jpeg.components');
  const components: Component[] = [];
  for (let i = 0; i < count; i++) {
    const [id, factors, table] = payload.subarray(6 + 3 * i, 9 + 3 * i);
    const component = { id: id!, horizontal: factors! >> 4, vertical: factors! & 15 };
    const { horizontal: h, vertical: v } = component;
    if (h < 1 || h > 4 || v < 1 || v > 4) return corrupt(`JPEG sampling factors ${h}x${v}`);
    if (table! > 3) return corrupt(`JPEG quantisation table ${table}`);
    components.push(component);
  }
  const height = u16be(payload, 1);
  const width = u16be(payload, 3);
  if (width === 0) return corrupt('the JPEG frame header says width 0');
  walk.frame = { width, height, progressive: marker === PROGRESSIVE, components };
  return undefined;
}

/** components u8 | id, tables: 2 bytes each | Ss, Se, Ah:Al */
function readScan(walk: Walk, payload: Uint8Array): Failed | undefined {
  const { frame } = walk;
  if (frame === undefined) return corrupt('a JPEG scan comes before the frame header');
  const count = payload[0] ?? 0;
  if (count < 1 || count > 4 || payload.length !== 4 + 2 * count) {
    return corrupt('a JPEG scan header has a wrong length');
  }
  const seen = new Set<number>();
  let blocks = 0;
  for (let i = 0; i < count; i++) {
    const id = payload[1 + 2 * i]!;
    const component = frame.components.find((candidate) => candidate.id === id);
    if (component === undefined) return corrupt(`a JPEG scan names the unknown component ${id}`);
    if (seen.has(id)) return corrupt(`a JPEG scan names component ${id} twice`);
    seen.add(id);
    blocks += component.horizontal * component.vertical;
  }
  // ITU T.81, B.2.3: at most ten blocks in an interleaved MCU.
  if (count > 1 && blocks > 10) return corrupt(`${blocks} blocks in a JPEG MCU`);
  walk.scans++;
  return undefined;
}

function finish(walk: Walk): ImageResult<ParsedHeader> {
  const { frame, adobeTransform, scans } = walk;
  if (frame === undefined) return corrupt('the JPEG has no frame header');
  if (frame.height === 0) return corrupt('the JPEG frame header says height 0');
  if (scans === 0) return corrupt('the JPEG has no scan');
  const { width, height, components } = frame;
  const features: ImageFeature[] = [];
  if (frame.progressive) features.push('jpeg.progressive');
  if (!frame.progressive && scans > 1) features.push('jpeg.multiscan');
  if (components.length === 4) features.push(adobeTransform === 2 ? 'jpeg.ycck' : 'jpeg.cmyk');
  const horizontal = Math.max(...components.map((component) => component.horizontal));
  const vertical = Math.max(...components.map((component) => component.vertical));
  const isHalfHeight = (c: Component) => c.horizontal === horizontal && c.vertical * 2 === vertical;
  if (components.some(isHalfHeight)) features.push('jpeg.440');
  const blocks = components.reduce((sum, c) => sum + c.horizontal * c.vertical, 0);
  return ok({
    format: 'jpeg',
    stored: { width, height, orientation: walk.orientation ?? 1 },
    opaque: true,
    features,
    jpeg: {
      scans,
      sideBySide: frame.progressive || scans > 1,
      coefficientBytesPerColumn: (16 * blocks) / horizontal,
    },
  });
}

/** The index of the next marker byte: junk and fill bytes before it are skipped, as in libjpeg. */
function nextMarker(bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    at = bytes.indexOf(0xff, at);
    if (at < 0) return bytes.length;
    while (bytes[at] === 0xff) at++;
    if (bytes[at] !== 0) return at;
  }
}

/** Where entropy data ends: at the first marker that is neither a stuffed FF 00 nor a restart. */
function endOfEntropyData(bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    at = bytes.indexOf(0xff, at);
    if (at < 0) return bytes.length;
    const next = bytes[at + 1] ?? 0;
    if (next !== 0 && next !== 0xff && !isRestart(next)) return at;
    at += next === 0xff ? 1 : 2;
  }
}

function isRestart(marker: number): boolean {
  return marker >= 0xd0 && marker <= 0xd7;
}

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0');
}
