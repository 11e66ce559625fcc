import { sha256 } from '../../digest.ts';
import type { InboundEvent } from '../inbound.ts';
import { UPLOADS } from '../source.ts';
import { newJobId } from './ids.ts';
import { LOST_AFTER_MS } from './limits.ts';
import type { Outbox, Upload } from './messages.ts';
import type { Accepted, JobStore, NewJob } from './store.ts';

export interface AcceptDeps {
  readonly store: JobStore;
  readonly outbox: Outbox;
  readonly clock: () => number;
  readonly random: (bytes: Uint8Array) => void;
}

/** An event becomes a job, once. */
export async function acceptEvent(event: InboundEvent, deps: AcceptDeps): Promise<Accepted> {
  const images = event.images.map(({ url, id }) => ({ reference: url, senderId: id }));
  const { source, messageId, bodySha256, model, metadata } = event;
  return accept({ source, messageId, bodySha256, metadata, model, images }, deps);
}

/** Undefined for notifications of what is no new object. The version is part of the id. */
export async function acceptUpload(
  upload: Upload,
  model: string | undefined,
  deps: AcceptDeps,
): Promise<Accepted | undefined> {
  const { action, bucket, object } = upload;
  if (!NEW_OBJECT.has(action) || object.eTag === undefined) return undefined;
  const messageId = `${bucket}/${object.key}@${object.eTag}`;
  const bodySha256 = await sha256(new TextEncoder().encode(messageId));
  const images = [{ reference: object.key, senderId: undefined }];
  const metadata = { bucket, key: object.key, etag: object.eTag };
  return accept({ source: UPLOADS, messageId, bodySha256, metadata, model, images }, deps);
}

const NEW_OBJECT: ReadonlySet<string> = new Set([
  'PutObject',
  'CopyObject',
  'CompleteMultipartUpload',
]);

async function accept(job: Omit<NewJob, 'id'>, deps: AcceptDeps): Promise<Accepted> {
  const { store, outbox, clock, random } = deps;
  const nowMs = clock();
  const accepted = await store.accept({ ...job, id: newJobId(nowMs, random) }, nowMs);
  if (accepted.as !== 'new') return accepted;
  await outbox.trySend([{ do: 'classify', job: accepted.id }], 0);
  await store.noteSent({ jobs: [accepted.id] }, nowMs + LOST_AFTER_MS);
  return accepted;
}
