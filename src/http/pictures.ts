import {
  MultipartParseError,
  type MultipartPart,
  parseMultipart,
} from '@remix-run/multipart-parser';
import type { Result } from '../result.ts';
import { fail, ok } from '../result.ts';
import { decodeBase64OrDataUrl } from './base64.ts';
import { type ParameterFailure, parametersSchema } from './parameters.ts';

/** One picture of a request: its bytes, or where to fetch them, or why there is neither. */
export type Picture =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'unreadable'; readonly failure: { readonly code: 'bad_base64' } };

export interface PictureRequest {
  readonly pictures: readonly Picture[];
  /** True when the request's form can hold several: the answer is then a list. */
  readonly many: boolean;
  /** Parameters found in the body, not yet validated. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

export type PictureRequestFailure =
  | ParameterFailure
  | { readonly code: 'bad_json'; readonly detail: string }
  | { readonly code: 'bad_multipart'; readonly detail: string }
  | { readonly code: 'no_image' }
  | { readonly code: 'too_many_images'; readonly imagesMax: number };

/**
 * Finds the pictures in a body: JSON, multipart/form-data, and anything else is one picture's raw
 * bytes, whatever its Content-Type says (curl sends a form's type with `--data-binary`).
 */
export function findPictures(
  body: Uint8Array,
  contentType: string,
  imagesMax: number,
): Result<PictureRequest, PictureRequestFailure> {
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type === 'application/json' || type.endsWith('+json')) return fromJson(body, imagesMax);
  if (type === 'multipart/form-data') return fromMultipart(body, contentType, imagesMax);
  return ok({ pictures: [{ kind: 'bytes', bytes: body }], many: false, parameters: {} });
}

function fromJson(
  body: Uint8Array,
  imagesMax: number,
): Result<PictureRequest, PictureRequestFailure> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(body));
  } catch {
    return fail({ code: 'bad_json', detail: 'The body is not JSON in UTF-8' });
  }
  if (!isRecord(value)) return fail({ code: 'bad_json', detail: 'The body is not a JSON object' });
  const { image, url, images, ...parameters } = value;
  if (images !== undefined) {
    if (image !== undefined || url !== undefined) {
      return fail({ code: 'bad_json', detail: 'Give `images`, or `image` or `url`, not both' });
    }
    return fromJsonList(images, parameters, imagesMax);
  }
  const picture = toPicture(image, url);
  return picture.ok ? ok({ pictures: [picture.value], many: false, parameters }) : picture;
}

function fromJsonList(
  images: unknown,
  parameters: Readonly<Record<string, unknown>>,
  imagesMax: number,
): Result<PictureRequest, PictureRequestFailure> {
  if (!Array.isArray(images)) return fail({ code: 'bad_json', detail: '`images` is not a list' });
  if (images.length === 0) return fail({ code: 'no_image' });
  if (images.length > imagesMax) return fail({ code: 'too_many_images', imagesMax });
  const pictures: Picture[] = [];
  for (const [i, item] of images.entries()) {
    if (!isRecord(item)) return fail({ code: 'bad_json', detail: `images[${i}] is not an object` });
    const { image, url, ...rest } = item;
    const [unknownName] = Object.keys(rest);
    if (unknownName !== undefined) {
      return fail({ code: 'bad_json', detail: `images[${i}] has an unknown field` });
    }
    const picture = toPicture(image, url);
    if (!picture.ok) return picture;
    pictures.push(picture.value);
  }
  return ok({ pictures, many: true, parameters });
}

function toPicture(image: unknown, url: unknown): Result<Picture, PictureRequestFailure> {
  if (image === undefined && url === undefined) return fail({ code: 'no_image' });
  if (image !== undefined && url !== undefined) {
    return fail({ code: 'bad_json', detail: 'Give `image` or `url`, not both' });
  }
  if (url !== undefined) {
    if (typeof url === 'string') return ok({ kind: 'url', url });
    return fail({ code: 'bad_json', detail: '`url` is not a string' });
  }
  if (typeof image !== 'string')
    return fail({ code: 'bad_json', detail: '`image` is not a string' });
  const bytes = decodeBase64OrDataUrl(image);
  if (bytes === undefined) return ok({ kind: 'unreadable', failure: { code: 'bad_base64' } });
  return ok({ kind: 'bytes', bytes });
}

/** Text fields of a form that are parameters; every other part is a picture. */
const PARAMETER_FIELDS: ReadonlySet<string> = new Set(Object.keys(parametersSchema.shape));
const PART_HEADER_BYTES_MAX = 8192;

function fromMultipart(
  body: Uint8Array,
  contentType: string,
  imagesMax: number,
): Result<PictureRequest, PictureRequestFailure> {
  const boundary = /boundary=(?:"([^"]{1,70})"|([^\s;,]{1,70}))/i.exec(contentType);
  const name = boundary?.[1] ?? boundary?.[2];
  if (name === undefined) return fail({ code: 'bad_multipart', detail: 'No boundary is given' });
  const pictures: Picture[] = [];
  const parameters: Record<string, unknown> = {};
  try {
    const parts = parseMultipart(body, {
      boundary: name,
      maxHeaderSize: PART_HEADER_BYTES_MAX,
      maxFileSize: body.length,
      maxTotalSize: body.length,
      maxParts: imagesMax + PARAMETER_FIELDS.size + 1,
    });
    for (const part of parts) {
      const field = part.name ?? '';
      if (PARAMETER_FIELDS.has(field)) parameters[field] = part.text;
      else if (field === 'url' && part.filename === undefined) {
        pictures.push({ kind: 'url', url: part.text });
      } else pictures.push({ kind: 'bytes', bytes: wholePart(part) });
      if (pictures.length > imagesMax) return fail({ code: 'too_many_images', imagesMax });
    }
  } catch (error) {
    if (error instanceof MultipartParseError) {
      return fail({ code: 'bad_multipart', detail: error.message });
    }
    throw error;
  }
  if (pictures.length === 0) return fail({ code: 'no_image' });
  return ok({ pictures, many: pictures.length > 1, parameters });
}

/** A part of a body in one piece is a view of it: a large picture is not copied again. */
function wholePart(part: MultipartPart): Uint8Array {
  const [only] = part.content;
  return only !== undefined && part.content.length === 1 ? only : part.bytes;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
