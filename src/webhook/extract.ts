import type { Result } from '../result.ts';
import { fail, ok } from '../result.ts';
import {
  EVENT_IMAGES_MAX,
  IMAGE_URL_CHARS_MAX,
  MESSAGE_ID_CHARS_MAX,
  METADATA_CHARS_MAX,
  PAYLOAD_DEPTH_MAX,
} from './limits.ts';
import type { JSONValue, Locator } from './locator.ts';
import type { Source } from './source.ts';

/** Why a message that was proved says nothing that we can work on. */
export type PayloadFailure =
  | { readonly code: 'bad_json' }
  | { readonly code: 'payload_too_deep'; readonly depthMax: number }
  | { readonly code: 'no_image' }
  | { readonly code: 'too_many_images'; readonly imagesMax: number }
  /** Where a picture's URL should be is something else, or a text that is too long for one. */
  | { readonly code: 'bad_image_reference' }
  | { readonly code: 'bad_event_id' }
  | { readonly code: 'metadata_too_large'; readonly charsMax: number };

/** What an event asks for, in the source's own order. */
export interface Extracted {
  /** 1 to 16 texts, not judged as URLs yet. */
  readonly images: readonly string[];
  /** From the payload, where the source says so. */
  readonly id: string | undefined;
  readonly metadata: Readonly<Record<string, JSONValue>>;
}

export function extractEvent(source: Source, body: Uint8Array): Result<Extracted, PayloadFailure> {
  const payload = parsePayload(body);
  if (!payload.ok) return payload;
  const images = findImages(source.images, payload.value);
  if (!images.ok) return images;
  const id = findId(source.id, payload.value);
  if (!id.ok) return id;
  const metadata = findMetadata(source.metadata, payload.value);
  if (!metadata.ok) return metadata;
  return ok({ images: images.value, id: id.value, metadata: metadata.value });
}

function parsePayload(body: Uint8Array): Result<JSONValue, PayloadFailure> {
  let payload: JSONValue;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(body);
    payload = JSON.parse(text) as JSONValue;
  } catch {
    return fail({ code: 'bad_json' });
  }
  if (isTooDeep(payload)) return fail({ code: 'payload_too_deep', depthMax: PAYLOAD_DEPTH_MAX });
  return ok(payload);
}

/** Level by level, so that no nesting takes stack; each value is looked at once. */
function isTooDeep(payload: JSONValue): boolean {
  let level = [payload].filter(isContainer);
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === PAYLOAD_DEPTH_MAX) return true;
    level = level.flatMap((container) => Object.values(container).filter(isContainer));
  }
  return false;
}

function isContainer(value: JSONValue): value is JSONValue[] | { [key: string]: JSONValue } {
  return typeof value === 'object' && value !== null;
}

function findImages(
  locators: readonly Locator[],
  payload: JSONValue,
): Result<readonly string[], PayloadFailure> {
  const found: JSONValue[] = [];
  for (const locator of locators) {
    // One more than may be, to see that there are more.
    found.push(...locator.find(payload, EVENT_IMAGES_MAX + 1));
    if (found.length > EVENT_IMAGES_MAX) {
      return fail({ code: 'too_many_images', imagesMax: EVENT_IMAGES_MAX });
    }
  }
  if (found.length === 0) return fail({ code: 'no_image' });
  const urls = found.filter((value) => typeof value === 'string');
  const readable = urls.every((url) => url !== '' && url.length <= IMAGE_URL_CHARS_MAX);
  if (urls.length < found.length || !readable) return fail({ code: 'bad_image_reference' });
  return ok(urls);
}

/** Texts and whole numbers: other values have more than one spelling. */
function findId(
  locator: Locator | undefined,
  payload: JSONValue,
): Result<string | undefined, PayloadFailure> {
  if (locator === undefined) return ok(undefined);
  const [value] = locator.find(payload, 1);
  const id = Number.isSafeInteger(value) ? String(value) : value;
  if (typeof id !== 'string' || id === '' || id.length > MESSAGE_ID_CHARS_MAX) {
    return fail({ code: 'bad_event_id' });
  }
  return ok(id);
}

function findMetadata(
  locators: ReadonlyMap<string, Locator>,
  payload: JSONValue,
): Result<Readonly<Record<string, JSONValue>>, PayloadFailure> {
  const metadata: Record<string, JSONValue> = {};
  for (const [name, locator] of locators) {
    const [value] = locator.find(payload, 1);
    if (value !== undefined) metadata[name] = value;
  }
  return JSON.stringify(metadata).length > METADATA_CHARS_MAX
    ? fail({ code: 'metadata_too_large', charsMax: METADATA_CHARS_MAX })
    : ok(metadata);
}
