import type { Orientation } from './orientation.ts';
import type { Size, StoredSize } from './plan.ts';

export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'avif';

/** Parts of formats that limits, decoders or messages tell apart. */
export type ImageFeature =
  | 'jpeg.progressive'
  | 'jpeg.multiscan'
  | 'jpeg.arithmetic'
  | 'jpeg.lossless'
  | 'jpeg.hierarchical'
  | 'jpeg.ls'
  | 'jpeg.12bit'
  | 'jpeg.dnl'
  | 'jpeg.components'
  | 'jpeg.cmyk'
  | 'jpeg.ycck'
  | 'jpeg.440'
  | 'jpeg.fractional'
  | 'png.interlaced'
  | 'png.16bit'
  | 'png.palette'
  | 'png.animated'
  | 'png.cgbi'
  | 'webp.lossless'
  | 'webp.animated'
  | 'avif.sequence';

/** What the bytes say before anything is decoded. */
export interface ImageHeader {
  readonly format: ImageFormat;
  /** The picture as stored, and how it must be turned. */
  readonly stored: StoredSize;
  /** Pixels of the upright picture: what a caller is told. */
  readonly width: number;
  readonly height: number;
  /** The format or its header rules out transparent pixels. */
  readonly opaque: boolean;
  readonly features: readonly ImageFeature[];
  /** What decoding takes beside the picture's own bytes, in bytes: reserve it first. */
  readonly decodeBytes: number;
}

/** What a format's parser finds: a header without the reservation, which `limits.ts` adds. */
export interface ParsedHeader {
  readonly format: ImageFormat;
  readonly stored: StoredSize;
  readonly opaque: boolean;
  readonly features: readonly ImageFeature[];
  /** JPEG: entropy-coded scans. Several are read side by side, one MCU row at a time. */
  readonly jpeg?: {
    readonly scans: number;
    readonly sideBySide: boolean;
    /** i16 coefficients of an MCU row, for each pixel of its width. */
    readonly coefficientBytesPerColumn: number;
  };
}

export function uprightSize(size: Size, orientation: Orientation): Size {
  const { width, height } = size;
  return orientation >= 5 ? { width: height, height: width } : { width, height };
}
