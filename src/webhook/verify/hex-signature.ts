import { importHmac } from '../hmac.ts';
import type { VerifyKey } from './keys.ts';

/** 32 bytes in lower-case hexadecimal; undefined for every other text. */
export function parseHexSignature(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[0-9a-f]{64}$/.test(text) || text.length !== 64) return undefined;
  return Uint8Array.from({ length: 32 }, (_, i) =>
    Number.parseInt(text.slice(2 * i, 2 * i + 2), 16),
  );
}

/** Lowest index of a key under which one of the signatures is the message's HMAC. */
export async function findHmacKey(
  keys: readonly VerifyKey[],
  message: Uint8Array<ArrayBuffer>,
  signatures: ReadonlyArray<Uint8Array<ArrayBuffer>>,
): Promise<number | undefined> {
  for (const [index, key] of keys.entries()) {
    const hmac = await importHmac(key.bytes);
    const expected = await hmac.sign(message);
    const verdicts = await Promise.all(signatures.map((sent) => hmac.equal(sent, expected)));
    if (verdicts.includes(true)) return index;
  }
  return undefined;
}
