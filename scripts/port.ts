import { createServer } from 'node:net';

/** `localhost` may be either: what listens at one would answer for us. */
const LOOPBACKS = ['127.0.0.1', '::1'] as const;

/** Why the port cannot be had, in words for whoever chose it; undefined where it can. */
export async function portProblem(port: number): Promise<string | undefined> {
  for (const host of LOOPBACKS) {
    const code = await tryListen(port, host);
    if (code === 'EADDRINUSE') {
      return `port ${port} is taken: end what listens there, or choose another with --port`;
    }
    if (code === 'EACCES') return `port ${port} is not yours to take: choose another with --port`;
  }
  return undefined;
}

/** The error's code, such as EADDRINUSE; undefined where it could be listened at. */
function tryListen(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    probe.listen(port, host, () => probe.close(() => resolve(undefined)));
  });
}

/** One that nobody listens at now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
