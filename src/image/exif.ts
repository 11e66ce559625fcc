import type { Orientation } from './orientation.ts';
import { toOrientation } from './orientation.ts';
import { latin1, u16be, u16le, u32be, u32le } from './reader.ts';

const ORIENTATION_TAG = 0x0112;

/**
 * The orientation that a TIFF block of EXIF data names; 1 where it names none or is damaged.
 *
 *     "II" or "MM" | 42 u16 | offset of IFD0 u32
 *     IFD0: entries u16, then 12 bytes each: tag u16 | type u16 | count u32 | value, 4 bytes
 *
 * The value is read as a u16 at the entry's ninth byte whatever its type, as OpenCV does.
 */
export function exifOrientation(tiff: Uint8Array): Orientation {
  const order = latin1(tiff, 0, 2);
  if (order !== 'II' && order !== 'MM') return 1;
  const u16 = order === 'II' ? u16le : u16be;
  const u32 = order === 'II' ? u32le : u32be;
  if (u16(tiff, 2) !== 42) return 1;
  const directory = u32(tiff, 4);
  const entries = u16(tiff, directory);
  for (let i = 0; i < entries; i++) {
    const entry = directory + 2 + i * 12;
    if (entry + 12 > tiff.length) return 1;
    if (u16(tiff, entry) === ORIENTATION_TAG) return toOrientation(u16(tiff, entry + 8));
  }
  return 1;
}

const EXIF_PREFIX = 'Exif\0\0';

/** The TIFF block of data that may or must begin with "Exif\0\0". */
export function stripExifPrefix(data: Uint8Array): Uint8Array | undefined {
  return latin1(data, 0, 6) === EXIF_PREFIX ? data.subarray(6) : undefined;
}
