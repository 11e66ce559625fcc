import type { ImageFormat } from './header.ts';
import { latin1, u32be } from './reader.ts';

export type Sniffed =
  | { readonly format: ImageFormat }
  /** Not one of ours: what it looks like, for the message. */
  | { readonly format: undefined; readonly saw: string };

/** Bytes that are looked at; brands and text marks beyond them do not count. */
const WINDOW_BYTES = 512;

/**
 * Names a picture by its first bytes alone. A file's name and Content-Type are not asked: both are
 * wrong too often, and neither is what a decoder reads.
 */
export function sniff(bytes: Uint8Array): Sniffed {
  const head = latin1(bytes, 0, WINDOW_BYTES);
  const format = sniffFormat(bytes, head);
  return format === undefined ? { format, saw: describeOther(bytes, head) } : { format };
}

const PNG_SIGNATURE = '\x89PNG\r\n\x1a\n';

function sniffFormat(bytes: Uint8Array, head: string): ImageFormat | undefined {
  if (head.startsWith('\xff\xd8')) return 'jpeg';
  if (head.startsWith(PNG_SIGNATURE)) return 'png';
  if (head.startsWith('RIFF') && head.startsWith('WEBP', 8)) return 'webp';
  if (head.startsWith('GIF87a') || head.startsWith('GIF89a')) return 'gif';
  const brands = ftypBrands(bytes, head);
  return brands.includes('avif') || brands.includes('avis') ? 'avif' : undefined;
}

/**
 * Major and compatible brands of an ISO base media file:
 *
 *     size u32 | "ftyp" | major brand | minor version u32 | compatible brands, 4 bytes each
 */
function ftypBrands(bytes: Uint8Array, head: string): readonly string[] {
  if (!head.startsWith('ftyp', 4)) return [];
  const end = Math.min(u32be(bytes, 0), head.length);
  const brands = [head.slice(8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(head.slice(at, at + 4));
  return brands;
}

const SIGNATURES: ReadonlyArray<readonly [at: number, signature: string, name: string]> = [
  [0, '\x89PNG', 'a PNG whose signature was damaged, as by a transfer in text mode'],
  [0, 'RIFF', 'RIFF data that is not WebP'],
  [0, 'BM', 'BMP'],
  [0, 'II*\0', 'TIFF'],
  [0, 'MM\0*', 'TIFF'],
  [0, 'II+\0', 'TIFF'],
  [0, '%PDF', 'PDF'],
  [0, '8BPS', 'a Photoshop document'],
  [0, '\0\0\x01\0', 'ICO'],
  [0, 'qoif', 'QOI'],
  [0, '\0\0\0\x0cjP  ', 'JPEG 2000'],
  [0, '\xff\x4f\xff\x51', 'JPEG 2000'],
  [0, '\0\0\0\x0cJXL ', 'JPEG XL'],
  [0, '\xff\x0a', 'JPEG XL'],
  [0, 'PK\x03\x04', 'a ZIP archive'],
  [0, '\x1f\x8b', 'gzip data'],
  [0, '\0asm', 'a WebAssembly module'],
  [0, '\x1a\x45\xdf\xa3', 'Matroska or WebM video'],
];

const HEIF_BRANDS = ['heic', 'heix', 'hevc', 'hevx', 'heim', 'heis', 'mif1', 'msf1'];

function describeOther(bytes: Uint8Array, head: string): string {
  const brands = ftypBrands(bytes, head);
  if (brands.some((brand) => HEIF_BRANDS.includes(brand))) return 'HEIC';
  if (brands.length > 0) return 'MP4 or another ISO media file';
  const known = SIGNATURES.find(([at, signature]) => head.startsWith(signature, at));
  if (known !== undefined) return known[2];
  if (/^P[1-7][\s#]/.test(head)) return 'a Netpbm picture';
  return describeText(head);
}

const TEXTS: ReadonlyArray<readonly [pattern: RegExp, name: string]> = [
  [/^data:/i, 'a data URL'],
  [/^--[^\r\n]+\r?\ncontent-/i, 'a multipart body that was not unwrapped'],
  [/^(?:<\?xml|<!--|<!doctype svg|<svg)[\s\S]*<svg|^<svg/i, 'SVG'],
  [/^<(?:!doctype html|html|head|body)/i, 'an HTML page'],
  [/^<\?xml/i, 'XML'],
  [/^[[{]\s*(?:["{[\]}\d]|$)/, 'JSON'],
  [/^(?:\/9j\/|iVBORw0KGgo|R0lGOD|UklGR|AAAA[A-Za-z0-9+/]{4}ZnR5c)/, 'base64 text'],
];

/** A picture's first bytes, for finding one that stands behind stray bytes. */
const PICTURE = /^(?:\xff\xd8\xff|\x89PNG|GIF8[79]a|RIFF[\s\S]{4}WEBP)/;

function describeText(head: string): string {
  // U+FFFD, or FF D8 and 89 50 read as Latin-1, in UTF-8: someone treated bytes as text.
  if (/^(?:\xef\xbf\xbd|\xc3\xbf\xc3\x98|\xc2\x89PNG)/.test(head)) {
    return 'a picture that was sent as UTF-8 text, which destroys it';
  }
  const text = head.replace(/^\xef\xbb\xbf/, '').trimStart();
  if (text.length < head.length && PICTURE.test(text)) return 'a picture behind stray text bytes';
  const known = TEXTS.find(([pattern]) => pattern.test(text));
  if (known !== undefined) return known[1];
  return /^[\t\n\r\x20-\x7e\x80-\xff]+$/.test(head) && /^[\t-\r\x20-\x7e]{4}/.test(head)
    ? 'text'
    : 'unknown data';
}
