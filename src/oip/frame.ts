import { ok, type Result } from '../result.ts';
import { type OipFailure, quote, refuse } from './failure.ts';

/** Of requests and answers that carry tensors as bytes behind their JSON. */
export const HEADER_LENGTH = 'inference-header-content-length';

export interface Frame {
  readonly json: Uint8Array;
  /** What follows the JSON; undefined where no header said that anything does. */
  readonly binary: Uint8Array | undefined;
}

/**
 * The binary tensor data extension:
 *
 *     { JSON … }  bytes of the first tensor  bytes of the second …
 *     |<- Inference-Header-Content-Length ->|
 */
export function splitFrame(
  body: Uint8Array,
  headerLength: string | null,
): Result<Frame, OipFailure> {
  if (headerLength === null) return ok({ json: body, binary: undefined });
  const length = /^\d{1,15}$/.test(headerLength) ? Number(headerLength) : 0;
  if (length < 1 || length > body.length) {
    const wanted = `is not a number of bytes, 1 to ${body.length}`;
    return refuse('Inference-Header-Content-Length', `${quote(headerLength)} ${wanted}`);
  }
  return ok({ json: body.subarray(0, length), binary: body.subarray(length) });
}

/** The JSON and the bytes behind it as one body, and the header's value. */
export function joinFrame(
  json: unknown,
  parts: readonly Uint8Array[],
): { readonly body: Uint8Array<ArrayBuffer>; readonly headerLength: number } {
  const head = new TextEncoder().encode(JSON.stringify(json));
  const body = new Uint8Array(parts.reduce((sum, part) => sum + part.length, head.length));
  body.set(head);
  let at = head.length;
  for (const part of parts) {
    body.set(part, at);
    at += part.length;
  }
  return { body, headerLength: head.length };
}
