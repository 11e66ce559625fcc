import { Mistake } from './mistake.ts';

/** A request as it went over the wire. */
export interface SavedRequest {
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>;
  readonly body: Uint8Array<ArrayBuffer>;
}

/**
 * Reads a request saved as text: a request line or none, headers, an empty line, and the body's
 * exact bytes. A body that an editor gave one more newline no longer has its signature.
 */
export function parseSavedRequest(bytes: Uint8Array): SavedRequest {
  const text = Buffer.from(bytes).toString('latin1');
  const end = /\r?\n\r?\n/.exec(text);
  if (end === null) throw new Mistake('no empty line between headers and body');
  const lines = text.slice(0, end.index).split(/\r?\n/);
  const headers = lines.flatMap((line) => {
    const colon = line.indexOf(':');
    const request = / HTTP\/\d(\.\d)?$/.test(line);
    return colon <= 0 || request ? [] : [[line.slice(0, colon), line.slice(colon + 1)] as const];
  });
  return { headers, body: new Uint8Array(bytes.slice(end.index + end[0].length)) };
}

export function formatSavedRequest(path: string, request: SavedRequest): Uint8Array {
  const fields = request.headers.map(([name, value]) => `${name}: ${value}\r\n`);
  const head = Buffer.from(`POST ${path} HTTP/1.1\r\n${fields.join('')}\r\n`, 'latin1');
  return Buffer.concat([head, request.body]);
}
