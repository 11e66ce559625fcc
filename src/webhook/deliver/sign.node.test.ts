import * as fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { signMessage } from './sign.ts';
import { parseSigners } from './signers.ts';

const secrets = fc
  .uint8Array({ minLength: 24, maxLength: 64 })
  .map((bytes) => `whsec_${Buffer.from(bytes).toString('base64')}`);
const ids = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
const now = () => Math.floor(Date.now() / 1000);

async function sign(secret: string, id: string, timestampSeconds: number, body: Uint8Array) {
  const signers = await parseSigners([secret]);
  if (!signers.ok) throw new Error(signers.failure.code);
  return signMessage(signers.value, { id, timestampSeconds, body });
}

describe('a signature of ours', () => {
  it('is that of the package standardwebhooks for every text', async () => {
    const texts = fc.string({ unit: 'grapheme', maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(secrets, ids, texts, async (secret, id, text) => {
        const seconds = now();
        const ours = await sign(secret, id, seconds, new TextEncoder().encode(text));
        const theirs = new Webhook(secret).sign(id, new Date(seconds * 1000), text);
        expect(ours['webhook-signature']).toBe(theirs);
      }),
    );
  });

  it('covers the bytes themselves, where the package covers a text made of them', async () => {
    const body = Uint8Array.of(0xff, 0xfe, 0x00);
    const secret = `whsec_${'A'.repeat(32)}`;
    const seconds = now();
    const ours = await sign(secret, 'msg_1', seconds, body);
    const theirs = new Webhook(secret).sign('msg_1', new Date(seconds * 1000), Buffer.from(body));
    expect(ours['webhook-signature']).not.toBe(theirs);
  });
});
