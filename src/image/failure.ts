import type { Result } from '../result.ts';
import { fail } from '../result.ts';
import type { ImageFeature } from './header.ts';

/** Everything that can be wrong with a picture. Codes are the image suite's and the product's. */
export type ImageFailure =
  | { readonly code: 'empty' }
  | {
      readonly code: 'unsupported_format';
      /** What the bytes look like, in words for the caller: "HEIC", "an HTML page", "JPEG". */
      readonly saw: string;
      /** The part of a supported format that is not, as in "jpeg.arithmetic". */
      readonly feature?: ImageFeature;
    }
  | { readonly code: 'corrupt_image'; readonly reason: string }
  | {
      readonly code: 'too_large';
      readonly what: 'bytes' | 'pixels' | 'memory' | 'scans';
      readonly limit: number;
      readonly actual: number;
    };

export type ImageResult<T> = Result<T, ImageFailure>;

export function corrupt(reason: string): Result<never, ImageFailure> {
  return fail({ code: 'corrupt_image', reason });
}

export function unsupported(saw: string, feature?: ImageFeature): Result<never, ImageFailure> {
  return fail({ code: 'unsupported_format', saw, ...(feature === undefined ? {} : { feature }) });
}
