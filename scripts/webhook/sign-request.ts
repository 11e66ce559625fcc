import { signMessage } from '../../src/webhook/deliver/sign.ts';
import { parseSigners } from '../../src/webhook/deliver/signers.ts';
import { importHmac } from '../../src/webhook/hmac.ts';
import { joinSigned } from '../../src/webhook/signed-bytes.ts';
import type { Scheme } from '../../src/webhook/verify/keys.ts';
import { Mistake } from './mistake.ts';

export interface Unsigned {
  readonly id: string;
  readonly timestampSeconds: number;
  readonly body: Uint8Array;
}

/** The headers that a sender of the scheme puts on a message. Throws for a secret that is none. */
export async function signRequest(
  scheme: Scheme,
  secret: string,
  message: Unsigned,
): Promise<Readonly<Record<string, string>>> {
  const { id, timestampSeconds, body } = message;
  const hex = async (...parts: ReadonlyArray<string | Uint8Array>) => {
    const hmac = await importHmac(joinSigned(secret));
    return Buffer.from(await hmac.sign(joinSigned(...parts))).toString('hex');
  };
  switch (scheme) {
    case 'standard': {
      const signers = await parseSigners([secret]);
      if (!signers.ok) throw new Mistake(`this secret cannot sign (${signers.failure.code})`);
      return { ...(await signMessage(signers.value, message)) };
    }
    case 'github':
      return { 'x-github-delivery': id, 'x-hub-signature-256': `sha256=${await hex(body)}` };
    case 'stripe': {
      const signature = await hex(String(timestampSeconds), '.', body);
      return { 'stripe-signature': `t=${timestampSeconds},v1=${signature}` };
    }
    case 'slack':
      return {
        'x-slack-request-timestamp': String(timestampSeconds),
        'x-slack-signature': `v0=${await hex(`v0:${timestampSeconds}:`, body)}`,
      };
    case 'bearer':
      return { authorization: `Bearer ${secret}`, 'webhook-id': id };
  }
}
