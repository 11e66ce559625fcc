import { LOST_AFTER_MS, RETENTION_DELETES_MAX, SWEEP_MAX } from './limits.ts';
import type { JobMessage, Outbox } from './messages.ts';
import type { JobStore } from './store.ts';

export interface Swept {
  readonly jobs: number;
  readonly deliveries: number;
  readonly deleted: number;
}

/**
 * Once a minute: the job table is the truth and queues may forget, so what is due and held by
 * nobody is sent again, and what is finished and old goes.
 */
export async function sweep(
  store: JobStore,
  outbox: Outbox,
  { nowMs, retentionMs }: { readonly nowMs: number; readonly retentionMs: number },
): Promise<Swept> {
  const jobs = await store.dueJobs(nowMs, SWEEP_MAX);
  const deliveries = await store.dueDeliveries(nowMs, SWEEP_MAX);
  const messages: readonly JobMessage[] = [
    ...jobs.map((job) => ({ do: 'classify', job }) as const),
    ...deliveries.map((delivery) => ({ do: 'deliver', delivery }) as const),
  ];
  if (messages.length > 0) {
    await outbox.trySend(messages, 0);
    await store.noteSent({ jobs, deliveries }, nowMs + LOST_AFTER_MS);
  }
  const deleted = await store.deleteFinished(nowMs - retentionMs, RETENTION_DELETES_MAX);
  return { jobs: jobs.length, deliveries: deliveries.length, deleted };
}
