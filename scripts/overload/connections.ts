import { connect, type Socket } from 'node:net';

export interface Target {
  readonly url: string;
  readonly body: Uint8Array;
  readonly headers?: Readonly<Record<string, string | number>>;
}

/** All that the generator looks at. */
interface Head {
  /** 0 where the connection broke. */
  readonly status: number;
  readonly retryAfter: boolean;
}

interface Connections {
  ask(target: Target): Promise<Head>;
}

const BROKEN: Head = { status: 0, retryAfter: false };

/**
 * HTTP/1.1 as plain as it can be: generator and Worker share the machine's processors, and what
 * the generator takes is missing there. Each target's request is put together once, and kept
 * connections are used again, however many are needed at a time: a late answer holds no other back.
 */
export function createConnections(): Connections {
  const idle = new Map<string, Socket[]>();
  const requests = new WeakMap<Target, Buffer>();

  function requestOf(target: Target): Buffer {
    let request = requests.get(target);
    if (request === undefined) {
      request = writeRequest(target);
      requests.set(target, request);
    }
    return request;
  }

  return {
    ask(target) {
      const { hostname, port } = new URL(target.url);
      const key = `${hostname}:${port}`;
      const kept = idle.get(key) ?? [];
      idle.set(key, kept);
      const socket = kept.pop() ?? open(hostname, Number(port));
      return new Promise((resolve) => {
        readAnswer(socket, (head, keep) => {
          if (keep) kept.push(socket);
          else socket.destroy();
          resolve(head);
        });
        socket.write(requestOf(target));
      });
    },
  };
}

/** Idle connections do not keep the process alive. */
function open(hostname: string, port: number): Socket {
  const socket = connect({ host: hostname, port, noDelay: true });
  // One that breaks while nobody waits is found out by the next who writes to it.
  socket.on('error', () => undefined);
  return socket.unref();
}

function writeRequest({ url, body, headers: more }: Target): Buffer {
  const { host, pathname, search } = new URL(url);
  const headers = { host, 'content-length': body.length, 'cache-control': 'no-cache', ...more };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `POST ${pathname}${search} HTTP/1.1\r\n${lines.join('')}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}

const HEAD_END = '\r\n\r\n';
/** Of a body in chunks, which is how an answer comes whose length its server does not know. */
const LAST_CHUNK = '0\r\n\r\n';

/** Calls once, when the next answer on this connection is there to its end. */
function readAnswer(socket: Socket, done: (head: Head, keep: boolean) => void): void {
  let text = '';
  socket.ref();
  socket.on('data', onData);
  socket.once('close', onClose);

  function settle(answer: Head, keep: boolean): void {
    socket.off('data', onData);
    socket.off('close', onClose);
    socket.unref();
    done(answer, keep);
  }
  function onClose(): void {
    settle(BROKEN, false);
  }
  function onData(chunk: Buffer): void {
    text += chunk.toString('latin1');
    const left = missingOf(text);
    if (left > 0) return;
    const head = text.slice(0, text.indexOf(HEAD_END));
    const status = Number(head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length));
    const keep = left === 0 && !/\r\nconnection: close/i.test(head);
    settle({ status, retryAfter: /\r\nretry-after: /i.test(head) }, keep);
  }
}

/** Bytes that an answer lacks at least; less than 0 where there are more than its own. */
function missingOf(text: string): number {
  const end = text.indexOf(HEAD_END);
  if (end < 0) return 1;
  const head = text.slice(0, end);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (length !== undefined) return Number(length) - (text.length - end - HEAD_END.length);
  return text.endsWith(LAST_CHUNK) ? 0 : 1;
}
