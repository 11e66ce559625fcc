import type { Result } from '../result.ts';
import { fail, ok } from '../result.ts';
import { parseAvifHeader } from './avif-header.ts';
import type { ByteInput, Decoding } from './byte-input.ts';
import { createPushDecoder } from './byte-input.ts';
import type { CodecModules, RgbaPixels } from './codec.ts';
import { createCodecSlot } from './codec.ts';
import { instantiateAvif, instantiateWebp } from './codec-emscripten.ts';
import type { ImageFailure, ImageResult } from './failure.ts';
import { corrupt, unsupported } from './failure.ts';
import { decodeGif } from './gif.ts';
import { parseGifHeader } from './gif-header.ts';
import type { ImageFeature, ImageFormat, ImageHeader, ParsedHeader } from './header.ts';
import { uprightSize } from './header.ts';
import { decodeJpeg } from './jpeg/decode.ts';
import { parseJpegHeader } from './jpeg-header.ts';
import { createKernelSlot } from './kernel-slot.ts';
import type { ImageKernels } from './kernels.ts';
import { checkHeaderLimits, decodeBytesNeeded, IMAGE_BYTES_MAX, tooLarge } from './limits.ts';
import type { ResizePlan } from './plan.ts';
import { planResize } from './plan.ts';
import { decodePng } from './png/decode.ts';
import { parsePngHeader } from './png-header.ts';
import type { Preprocess } from './preprocess.ts';
import { samplePlan } from './sample.ts';
import { sniff } from './sniff.ts';
import { firstFrame, toStill } from './webp-animation.ts';
import { parseWebpHeader } from './webp-header.ts';

export type { CodecModules } from './codec.ts';
export type { ImageFailure } from './failure.ts';
export type { ImageFormat, ImageHeader } from './header.ts';
export { normalise, normalised } from './normalise.ts';
export { preprocessId } from './preprocess-id.ts';

/** Format, size, orientation and cost of a picture from its bytes; decodes nothing. */
export function inspectImage(bytes: Uint8Array): Result<ImageHeader, ImageFailure> {
  if (bytes.length === 0) return fail<ImageFailure>({ code: 'empty' });
  if (bytes.length > IMAGE_BYTES_MAX) return tooLarge('bytes', IMAGE_BYTES_MAX, bytes.length);
  const sniffed = sniff(bytes);
  if (sniffed.format === undefined) return unsupported(sniffed.saw);
  const parsed = PARSERS[sniffed.format](bytes);
  if (!parsed.ok) return parsed;
  const limits = checkHeaderLimits(parsed.value);
  if (!limits.ok) return limits;
  const { format, stored, opaque, features } = parsed.value;
  const { width, height } = uprightSize(stored, stored.orientation);
  const decodeBytes = decodeBytesNeeded(parsed.value, bytes.length);
  return ok({ format, stored, width, height, opaque, features, decodeBytes });
}

export interface ImageDecoder {
  /**
   * The crop's height * width * 3 RGB bytes, as the card's reference library makes them.
   * `header` is `inspectImage`'s of the same bytes. `budgetBytes` is what the caller has reserved
   * for this picture, its own bytes aside; `header.decodeBytes` says how much it takes.
   */
  sample(
    bytes: Uint8Array,
    header: ImageHeader,
    preprocess: Preprocess,
    budgetBytes: number,
  ): Promise<Result<Uint8Array, ImageFailure>>;
  /**
   * The same for a JPEG or PNG that comes in pieces of any size. No piece is kept: each byte is
   * copied once, into WASM memory, and what can be decoded of it is. What follows the last row that
   * the plan needs is not asked for.
   */
  samplePieces(
    pieces: Pieces,
    header: ImageHeader & { readonly format: StreamedFormat },
    preprocess: Preprocess,
    budgetBytes: number,
  ): Promise<Result<Uint8Array, ImageFailure>>;
  /** WASM memory of decoders, idle and at work. */
  memoryBytes(): number;
  /** The most that all of them held at once so far. */
  peakMemoryBytes(): number;
}

/** A ReadableStream is one. */
export type Pieces = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export type StreamedFormat = 'jpeg' | 'png';

export function createImageDecoder(modules: CodecModules): ImageDecoder {
  let peakBytes = 0;
  const heldBytes = () => codecs.memoryBytes() + kernels.memoryBytes();
  // Memories only grow while at work, so their sum is largest when one of them ends.
  const notePeak = () => {
    peakBytes = Math.max(peakBytes, heldBytes());
  };
  const libraries = { webp: instantiateWebp, avif: instantiateAvif };
  const codecs = createCodecSlot(modules, libraries, notePeak);
  const kernels = createKernelSlot(modules.kernels, notePeak);
  const samplePieces: ImageDecoder['samplePieces'] = (pieces, header, preprocess, budgetBytes) => {
    const plan = planResize(header.stored, preprocess);
    const decode = OWN_DECODERS[header.format];
    return kernels.run(async (instance) => {
      const decoder = createPushDecoder((input) => decode(instance, input, plan, budgetBytes));
      for await (const piece of pieces) if (!decoder.push(piece)) break;
      return decoder.finish();
    });
  };
  return {
    samplePieces,
    async sample(bytes, header, preprocess, budgetBytes) {
      const { format } = header;
      // Our own decoders know what the plan needs, and take no more.
      if (format === 'jpeg' || format === 'png') {
        return samplePieces([bytes], { ...header, format }, preprocess, budgetBytes);
      }
      const feature = header.features.find((candidate) => UNDECODABLE.includes(candidate));
      if (feature !== undefined) return unsupported(header.format.toUpperCase(), feature);
      const plan = planResize(header.stored, preprocess);
      if (header.decodeBytes > budgetBytes) {
        return tooLarge('memory', budgetBytes, header.decodeBytes);
      }
      const read = (pixels: RgbaPixels): Result<Uint8Array, ImageFailure> => {
        const { width, height } = header.stored;
        if (pixels.width !== width || pixels.height !== height) {
          return corrupt(`the picture has ${pixels.width}x${pixels.height} pixels, its header not`);
        }
        return ok(samplePlan(plan, { ...pixels, opaque: header.opaque }));
      };
      if (format === 'gif') {
        const decoded = decodeGif(bytes);
        return decoded.ok ? read(decoded.value) : decoded;
      }
      const frame = header.features.includes('webp.animated') ? firstFrame(bytes) : undefined;
      const file = frame === undefined ? bytes : toStill(frame);
      const outcome = await codecs.decode(format, file, read);
      return outcome.ok ? outcome.value : outcome;
    },
    memoryBytes: heldBytes,
    peakMemoryBytes: () => peakBytes,
  };
}

const OWN_DECODERS: Readonly<
  Record<
    StreamedFormat,
    (
      kernels: ImageKernels,
      input: ByteInput,
      plan: ResizePlan,
      budgetBytes: number,
    ) => Decoding<ImageResult<Uint8Array>>
  >
> = { jpeg: decodeJpeg, png: decodePng };

/** What the headers recognise and the libraries cannot decode. */
const UNDECODABLE: readonly ImageFeature[] = ['avif.sequence'];

const PARSERS: Readonly<
  Record<ImageFormat, (bytes: Uint8Array) => Result<ParsedHeader, ImageFailure>>
> = {
  jpeg: parseJpegHeader,
  png: parsePngHeader,
  webp: parseWebpHeader,
  gif: parseGifHeader,
  avif: parseAvifHeader,
};
