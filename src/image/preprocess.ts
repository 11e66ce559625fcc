/**
 * From decoded pixels to the model's input, as the model's own training library does it.
 * Resizing and cropping work on RGB bytes; (x - mean) / std follows in float32, on a scale of 255.
 */
export interface Preprocess {
  /** Revision of the arithmetic. Part of every cache key: a change here must raise it. */
  readonly version: number;
  readonly resize: /** Short edge to `size`; the long one to trunc(size * long / short). */
    | { readonly rule: 'short_edge'; readonly size: number }
    /** Both edges given, aspect ratio lost. */
    | { readonly rule: 'exact'; readonly height: number; readonly width: number };
  readonly interpolation: Interpolation;
  /** Centre crop; offset round((size - crop) / 2), halves to even. */
  readonly crop: { readonly height: number; readonly width: number };
  /** Per channel in the model's channel order, 0..255 scale. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  readonly channels: 'rgb' | 'bgr';
}

export type Interpolation =
  /** cv2.resize INTER_LINEAR, no antialias. */
  | 'opencv-bilinear'
  /** PIL.Image.resize BILINEAR, antialiased. */
  | 'pillow-bilinear'
  /** PIL.Image.resize BICUBIC (a = -0.5), antialiased. */
  | 'pillow-bicubic';
