import type { MiddlewareHandler } from 'hono';
import { SIGNATURE_HEADER, TIMESTAMP_HEADER, verifyRequest } from '../origin/sign.ts';
import type { Settings } from './settings.ts';

/** Seconds to both sides that a signature may be old or early. */
const TOLERANCE_SECONDS = 300;

/** Lets the Worker in and nobody else; probes and metrics are for the cluster's own network. */
export function admit(
  { auth, secret, bodyBytesMax }: Settings,
  clock: () => number,
): MiddlewareHandler {
  return async function checkCaller(c, next) {
    if (auth === 'none') return next();
    const admitted =
      auth === 'bearer'
        ? await equalSecrets(c.req.header('authorization') ?? '', `Bearer ${secret}`)
        : await isSigned(c.req.raw, secret, bodyBytesMax, clock());
    if (admitted) return next();
    return c.json({ type: '/problems/unauthorized', status: 401, code: 'unauthorized' }, 401);
  };
}

/** Digests are compared, so that the time taken says nothing of the secret. */
async function equalSecrets(given: string, expected: string): Promise<boolean> {
  const digest = async (text: string) => {
    const bytes = new TextEncoder().encode(text);
    return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  };
  const [a, b] = [await digest(given), await digest(expected)];
  return a.reduce((difference, byte, i) => difference | (byte ^ (b[i] ?? 0)), 0) === 0;
}

async function isSigned(
  request: Request,
  secret: string,
  bodyBytesMax: number,
  nowMs: number,
): Promise<boolean> {
  const timestamp = request.headers.get(TIMESTAMP_HEADER) ?? '';
  const signature = request.headers.get(SIGNATURE_HEADER) ?? '';
  const age = Math.abs(nowMs / 1000 - Number(timestamp));
  if (!/^\d{1,12}$/.test(timestamp) || age > TOLERANCE_SECONDS) return false;
  const declared = Number(request.headers.get('content-length') ?? 0);
  if (declared > bodyBytesMax) return false;
  const { pathname, search } = new URL(request.url);
  const body = new Uint8Array(await request.clone().arrayBuffer());
  return verifyRequest(secret, { timestamp, path: `${pathname}${search}`, body }, signature);
}
