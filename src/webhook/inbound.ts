import type { Digest } from '../digest.ts';
import { sha256 } from '../digest.ts';
import type { Result } from '../result.ts';
import { ok } from '../result.ts';
import type { EventImage, PayloadFailure } from './extract.ts';
import { extractEvent } from './extract.ts';
import type { JSONValue } from './locator.ts';
import type { SignedSource } from './source.ts';
import type { InboundFailure } from './verify/failure.ts';
import type { HeaderFields } from './verify/header-fields.ts';
import { verifyMessage } from './verify/verify.ts';

/** A message of a source, proved and read. */
export interface InboundEvent {
  readonly source: string;
  /** With the source's name the key against doing it twice. */
  readonly messageId: string;
  /** Of the raw body: tells a replay from another message under the same id. */
  readonly bodySha256: Digest;
  /** At least one. */
  readonly images: readonly EventImage[];
  /** The payload's, else the source's; undefined: the service's default. */
  readonly model: string | undefined;
  readonly metadata: Readonly<Record<string, JSONValue>>;
}

/**
 * Proves a message, then reads it. Nothing of a body that is not proved is parsed.
 *
 * `rawBody`: the bytes as they came. `nowMs`: milliseconds since 1970.
 */
export async function verifyInbound(
  source: SignedSource,
  headers: HeaderFields,
  rawBody: Uint8Array<ArrayBuffer>,
  nowMs: number,
): Promise<Result<InboundEvent, InboundFailure | PayloadFailure>> {
  const verified = await verifyMessage(source.verifier, headers, rawBody, nowMs / 1000);
  if (!verified.ok) return verified;
  const extracted = extractEvent(source, rawBody);
  if (!extracted.ok) return extracted;
  const bodySha256 = await sha256(rawBody);
  const { images, model, metadata, id } = extracted.value;
  // Where nobody names an id, the same bytes are the same message.
  const messageId = id ?? verified.value.id ?? `sha256-${bodySha256}`;
  return ok({ source: source.name, messageId, bodySha256, images, model, metadata });
}
