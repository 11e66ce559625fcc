import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the server does with one request; `serve` is how a good one answers. */
export type Behaviour = (
  request: IncomingMessage,
  response: ServerResponse,
  serve: (options?: ServeOptions) => void,
) => void;

export interface ServeOptions {
  readonly content?: Buffer;
  readonly etag?: string;
  /** Body bytes after which the connection ends, once `cutWhen` lets it. */
  readonly cutAfter?: number;
  /**
   * Settles when the client has so many bytes of the file: what it has not read when the
   * connection ends, it never reads.
   */
  readonly cutWhen?: (bytes: number) => Promise<void>;
  /** Body bytes after which nothing more comes. */
  readonly stallAfter?: number;
  /** So much at a time. */
  readonly pieces?: { readonly bytes: number; readonly everyMs: number };
  /** Said in place of the true length. */
  readonly length?: number;
  /** Answers 200 with all of it whatever was asked. */
  readonly ignoreRange?: boolean;
  /** Does not look at If-Range. */
  readonly ignoreIfRange?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface FileServer {
  readonly url: URL;
  /** Range headers of the requests so far. */
  readonly ranges: readonly (string | undefined)[];
  close(): Promise<void>;
}

/** A file on a socket, as well or as badly as `behave` wants it for the n-th request (from 1). */
export async function startFileServer(
  file: { readonly name: string; readonly content: Buffer; readonly etag: string },
  behave: (n: number) => Behaviour,
): Promise<FileServer> {
  const ranges: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    ranges.push(request.headers.range);
    behave(ranges.length)(request, response, (options = {}) => {
      sendFile(request, response, { content: file.content, etag: file.etag, ...options });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`http://127.0.0.1:${port}/${file.name}`),
    ranges,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  options: ServeOptions & { readonly content: Buffer; readonly etag: string },
): void {
  const { content, etag, cutAfter, stallAfter, ignoreRange, ignoreIfRange } = options;
  const asked = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
  const same = ignoreIfRange === true || request.headers['if-range'] === etag;
  const from = asked !== undefined && same && ignoreRange !== true ? Number(asked) : 0;
  if (from > 0 && from >= content.length) {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
    return;
  }
  const body = content.subarray(from);
  const part = { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` };
  response.writeHead(from > 0 ? 206 : 200, {
    'content-type': 'application/octet-stream',
    'content-length': String(options.length ?? body.length),
    etag,
    ...(from > 0 ? part : {}),
    ...options.headers,
  });
  if (options.pieces !== undefined) {
    sendSlowly(response, body, options.pieces);
    return;
  }
  const sent = Math.min(cutAfter ?? Infinity, stallAfter ?? Infinity, body.length);
  response.write(body.subarray(0, sent), () => {
    if (cutAfter !== undefined) {
      const cut = (): void => void response.socket?.destroy();
      void (options.cutWhen?.(from + sent) ?? Promise.resolve()).then(cut);
    } else if (stallAfter === undefined) {
      response.end();
    }
  });
}

function sendSlowly(
  response: ServerResponse,
  body: Buffer,
  pieces: { readonly bytes: number; readonly everyMs: number },
): void {
  let at = 0;
  const timer = setInterval(() => {
    response.write(body.subarray(at, at + pieces.bytes));
    at += pieces.bytes;
    if (at >= body.length) response.end();
    if (at >= body.length || response.destroyed) clearInterval(timer);
  }, pieces.everyMs);
}
