import { encodeBase64 } from '../base64.ts';
import { isMessageId } from '../message-id.ts';
import { joinSigned } from '../signed-bytes.ts';
import type { Signer } from './signers.ts';

export interface OutboundMessage {
  /** The same for all attempts: the receiver's key against doing it twice. */
  readonly id: string;
  /** Unix seconds of this attempt, whole. */
  readonly timestampSeconds: number;
  /** Signed as they are; unlike the package `standardwebhooks`, nothing is decoded to text. */
  readonly body: Uint8Array;
}

export interface SignatureHeaders {
  readonly 'webhook-id': string;
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature': string;
}

/** Standard Webhooks 1.0.0: one signature for each secret, in the secrets' order. */
export async function signMessage(
  signers: readonly Signer[],
  { id, timestampSeconds, body }: OutboundMessage,
): Promise<SignatureHeaders> {
  if (!isMessageId(id)) throw new RangeError('signMessage: this cannot be an id');
  if (!Number.isSafeInteger(timestampSeconds)) throw new RangeError('signMessage: whole seconds');
  const timestamp = String(timestampSeconds);
  const message = joinSigned(id, '.', timestamp, '.', body);
  const signatures = await Promise.all(
    signers.map(async ({ version, sign }) => `${version},${encodeBase64(await sign(message))}`),
  );
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}
