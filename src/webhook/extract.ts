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
import { isModelName } from './model-name.ts';
import type { ImagePlace, SignedSource } from './source.ts';

/** Why a message that was proved says nothing that we can work on. */
export type PayloadFailure =
  | { readonly code: 'bad_json' }
  | { readonly code: 'payload_too_deep'; readonly depthMax: number }
  | { readonly code: 'no_image' }
  | { readonly code: 'too_many_images'; readonly imagesMax: number }
  /** Where a picture's URL should be is something else, or a text that is too long for one. */
  | { readonly code: 'bad_image_reference' }
  | { readonly code: 'bad_event_id' }
  | { readonly code: 'bad_event_model' }
  | { readonly code: 'metadata_too_large'; readonly charsMax: number };

/** A picture that an event speaks of. */
export interface EventImage {
  /** As the sender wrote it; judged when it is fetched. */
  readonly url: string;
  /** The sender's own. */
  readonly id: string | undefined;
}

/** What an event asks for, in the source's own order. */
export interface Extracted {
  /** 1 to 16. */
  readonly images: readonly EventImage[];
  /** The payload's, else the source's; undefined: the service's default. */
  readonly model: string | undefined;
  /** From the payload, where the source says so. */
  readonly id: string | undefined;
  readonly metadata: Readonly<Record<string, JSONValue>>;
}

export function extractEvent(
  source: SignedSource,
  body: Uint8Array,
): Result<Extracted, PayloadFailure> {
  const payload = parsePayload(body);
  if (!payload.ok) return payload;
  const images = findImages(source.images, payload.value);
  if (!images.ok) return images;
  const id = findId(source.id, payload.value);
  if (!id.ok) return id;
  const model = findModel(source, payload.value);
  if (!model.ok) return model;
  const metadata = findMetadata(source.metadata, payload.value);
  if (!metadata.ok) return metadata;
  return ok({
    images: images.value,
    model: model.value,
    id: id.value,
    metadata: metadata.value,
  });
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
  places: readonly ImagePlace[],
  payload: JSONValue,
): Result<readonly EventImage[], PayloadFailure> {
  const images: EventImage[] = [];
  for (const place of places) {
    // One more than may be, to see that there are more.
    const found = ('urls' in place ? place.urls : place.each).find(payload, EVENT_IMAGES_MAX + 1);
    if (images.length + found.length > EVENT_IMAGES_MAX) {
      return fail({ code: 'too_many_images', imagesMax: EVENT_IMAGES_MAX });
    }
    for (const value of found) {
      const image = toImage(place, value);
      if (image === undefined) return fail({ code: 'bad_image_reference' });
      images.push(image);
    }
  }
  return images.length === 0 ? fail({ code: 'no_image' }) : ok(images);
}

function toImage(place: ImagePlace, value: JSONValue): EventImage | undefined {
  const [url] = 'urls' in place ? [value] : place.url.find(value, 1);
  if (typeof url !== 'string' || url === '' || url.length > IMAGE_URL_CHARS_MAX) return undefined;
  if ('urls' in place || place.id === undefined) return { url, id: undefined };
  const id = findId(place.id, value);
  return id.ok ? { url, id: id.value } : undefined;
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

function findModel(
  { model, modelAt }: SignedSource,
  payload: JSONValue,
): Result<string | undefined, PayloadFailure> {
  const [named = model] = modelAt?.find(payload, 1) ?? [];
  if (named === undefined) return ok(undefined);
  const fits = typeof named === 'string' && isModelName(named);
  return fits ? ok(named) : fail({ code: 'bad_event_model' });
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
