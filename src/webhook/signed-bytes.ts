const UTF8 = new TextEncoder();

/**
 * Texts and bytes one after another, as a signature covers them. A body is never decoded on the
 * way: it may be any bytes, and a decoder would drop its byte order mark or replace what is not
 * UTF-8.
 */
export function joinSigned(...parts: ReadonlyArray<string | Uint8Array>): Uint8Array<ArrayBuffer> {
  const pieces = parts.map((part) => (typeof part === 'string' ? UTF8.encode(part) : part));
  const joined = new Uint8Array(pieces.reduce((bytes, piece) => bytes + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
