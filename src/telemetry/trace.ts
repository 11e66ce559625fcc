/** W3C Trace Context, level 1: version-traceid-parentid-flags, lower-case hexadecimal. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

export interface Trace {
  readonly traceId: string;
  /** Of our own span, to hand on. */
  readonly traceparent: string;
}

/**
 * Our span in the caller's trace, or in a new one where the header is missing or not valid: the
 * specification says to restart the trace then, never to fail the request.
 */
export function childTrace(header: string | undefined, random: (bytes: Uint8Array) => void): Trace {
  const parent = parse(header);
  const traceId = parent?.traceId ?? randomHex(16, random);
  const flags = parent?.flags ?? '00';
  return { traceId, traceparent: `00-${traceId}-${randomHex(8, random)}-${flags}` };
}

function parse(
  header: string | undefined,
): { readonly traceId: string; readonly flags: string } | undefined {
  const match = TRACEPARENT.exec(header?.trim() ?? '');
  if (match === null) return undefined;
  const [, version, traceId = '', parentId = '', flags = '', rest] = match;
  // Version ff is forbidden; version 00 has nothing behind its flags; ids of zeros are not ids.
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(parentId)) return undefined;
  return { traceId, flags };
}

function randomHex(bytes: number, random: (bytes: Uint8Array) => void): string {
  const drawn = new Uint8Array(bytes);
  random(drawn);
  // An id of zeros would be none; the odds are nil, the rule is not.
  if (drawn.every((byte) => byte === 0)) drawn[0] = 1;
  return Array.from(drawn, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
