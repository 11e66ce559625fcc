import type { MiddlewareHandler } from 'hono';
import { createReservations } from '../classify/reservations.ts';
import { readBody } from '../http/body.ts';
import { SIGNATURE_HEADER, TIMESTAMP_HEADER, verifyRequest } from '../origin/sign.ts';
import { toBodyLimits } from './limits.ts';
import { busy, unauthorized } from './refuse.ts';
import type { Settings } from './settings.ts';

/** Seconds to both sides that a signature may be old or early. */
const TOLERANCE_SECONDS = 300;

/** What anybody may ask: probes and metrics, which are for the cluster's own network. */
const OPEN = /^\/(livez|readyz|metrics|v2\/health\/(live|ready))$/;

/** Lets the Worker in and nobody else. */
export function admit(
  { auth, secret, bodyBytesMax }: Settings,
  clock: () => number,
): MiddlewareHandler {
  const unproved = createReservations(toBodyLimits(bodyBytesMax));
  return async function checkCaller(c, next) {
    if (auth === 'none' || OPEN.test(c.req.path)) return next();
    if (auth === 'bearer') {
      const proved = await equalSecrets(c.req.header('authorization') ?? '', `Bearer ${secret}`);
      return proved ? next() : unauthorized();
    }
    const claim = readClaim(c.req.raw, clock());
    if (claim === undefined) return unauthorized();
    // A stranger's body is held while it is hashed: no more of them than of those that are let in.
    const held = await unproved.take(bytesOf(c.req.raw, bodyBytesMax));
    if (!held.ok) return busy();
    try {
      const body = await readBody(c.req.raw, bodyBytesMax);
      if (!body.ok || !(await isSigned(claim, secret, body.value))) return unauthorized();
      c.req.raw = withBody(c.req.raw, body.value);
    } finally {
      held.value();
    }
    return next();
  };
}

/** What its body takes at most: no more than it declares is read of it. */
function bytesOf(request: Request, bytesMax: number): number {
  if (request.body === null) return 0;
  const declared = Number(request.headers.get('content-length') ?? Number.NaN);
  return Number.isInteger(declared) && declared >= 0 ? Math.min(declared, bytesMax) : bytesMax;
}

/** The same request with the body that was read of it. */
function withBody(request: Request, body: Uint8Array): Request {
  const { method, headers, signal } = request;
  const init = { method, headers, signal };
  return new Request(
    request.url,
    body.length === 0 ? init : { ...init, body: body as Uint8Array<ArrayBuffer> },
  );
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

interface Claim {
  readonly timestamp: string;
  readonly path: string;
  readonly signature: string;
}

/** Undefined where it cannot hold, whatever the body is. */
function readClaim(request: Request, nowMs: number): Claim | undefined {
  const timestamp = request.headers.get(TIMESTAMP_HEADER) ?? '';
  const signature = request.headers.get(SIGNATURE_HEADER) ?? '';
  const age = Math.abs(nowMs / 1000 - Number(timestamp));
  if (!/^\d{1,12}$/.test(timestamp) || age > TOLERANCE_SECONDS) return undefined;
  const { pathname, search } = new URL(request.url);
  return { timestamp, path: `${pathname}${search}`, signature };
}

function isSigned(claim: Claim, secret: string, body: Uint8Array): Promise<boolean> {
  const { timestamp, path, signature } = claim;
  return verifyRequest(secret, { timestamp, path, body }, signature);
}
