import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineCommand } from 'citty';
import { TOLERANCE_SECONDS } from '../../src/webhook/limits.ts';
import type { Scheme } from '../../src/webhook/verify/keys.ts';
import { parseVerifyKeys } from '../../src/webhook/verify/keys.ts';
import { verifyMessage } from '../../src/webhook/verify/verify.ts';
import { NOW, readScheme, SCHEME, SECRET } from './arguments.ts';
import { telling } from './mistake.ts';
import { parseSavedRequest, type SavedRequest } from './saved-request.ts';

export const verify = defineCommand({
  meta: { name: 'verify', description: 'Check the signature of a saved request' },
  args: {
    file: {
      type: 'positional',
      required: true,
      description: 'Headers, an empty line and the exact body, as `listen --save` writes them',
    },
    scheme: SCHEME,
    secret: SECRET,
    now: NOW,
  },
  run: telling(async ({ args }) => {
    const file = resolve(process.env.INVOKED_FROM ?? '.', args.file);
    const request = parseSavedRequest(readFileSync(file));
    const secrets = args.secret === undefined ? [] : args.secret.split(/[\s,]+/);
    const now = args.now === undefined ? Date.now() / 1000 : Number(args.now);
    const verdict = await judge(readScheme(args.scheme), secrets, request, now);
    console.log(verdict);
    if (!verdict.startsWith('ok')) process.exitCode = 1;
  }),
});

/** `ok`, with the secret that fits, or the code of what is wrong. */
export async function judge(
  scheme: Scheme,
  secrets: readonly string[],
  request: SavedRequest,
  nowSeconds: number,
): Promise<string> {
  const keys = parseVerifyKeys(scheme, secrets);
  if (!keys.ok) return `secret ${keys.failure.index + 1}: ${keys.failure.code}`;
  const verifier = { scheme, keys: keys.value, toleranceSeconds: TOLERANCE_SECONDS };
  const verified = await verifyMessage(verifier, request.headers, request.body, nowSeconds);
  if (!verified.ok) return `refused: ${verified.failure.code}`;
  return `ok: secret ${verified.value.key + 1} of ${secrets.length}`;
}
