import type { Result } from '../../src/result.ts';
import type { Model, Service } from './api.ts';
import type { AskFailure } from './ask.ts';
import type { Budget } from './budget.ts';
import type { Checkpoint, Item } from './checkpoint.ts';
import { LOOK_UP, priceOf } from './price.ts';
import type { Picture, ReadFailure } from './read-picture.ts';
import type { Outcome, Tally } from './tally.ts';

export interface Work {
  readonly service: Service;
  readonly checkpoint: Checkpoint;
  readonly budget: Budget;
  readonly tally: Tally;
  readonly models: readonly Model[];
  /** Pictures in hand at once, each of which may take as much memory as one may have bytes. */
  readonly lanes: number;
  readonly dryRun: boolean;
  read(item: Item): Promise<Result<Picture, ReadFailure>>;
}

/**
 * Every picture of the checkpoint that is not done: read and hashed once, then asked about under
 * each model before it is sent. What is done is noted at once; what fails is not, so that the next
 * run tries it again.
 */
export async function processItems(work: Work): Promise<void> {
  const items = itemsOf(work.checkpoint);
  const alone = createAlone();
  async function lane(): Promise<void> {
    while (work.budget.ended() === undefined) {
      const { value: item, done } = items.next();
      if (done === true) return;
      await processItem(work, item, alone);
    }
  }
  await Promise.all(Array.from({ length: work.lanes }, lane));
}

function* itemsOf(checkpoint: Checkpoint): Generator<Item, undefined> {
  let last = 0;
  for (let page = checkpoint.page(last); page.length > 0; page = checkpoint.page(last)) {
    yield* page;
    last = page.at(-1)?.id ?? last;
  }
}

async function processItem(work: Work, item: Item, alone: Alone): Promise<void> {
  const { checkpoint, tally, models, dryRun } = work;
  const left = models.flatMap((model, index) => {
    if (!checkpoint.isDone(item.id, model.identity)) return [{ model, index }];
    tally.countBefore(index);
    return [];
  });
  if (left.length === 0) return;
  const picture = await work.read(item);
  if (!picture.ok) {
    for (const { index } of left) tally.fail(index, { picture: item.place.at, ...picture.failure });
    return;
  }
  checkpoint.noteDigest(item.id, picture.value.sha256);
  await alone(picture.value.sha256, async () => {
    for (const { model, index } of left) {
      const outcome = await askOrSend(work, model, index, picture.value);
      if (typeof outcome === 'string') {
        // First noted, then counted: what the table says is done is done.
        if (!dryRun) checkpoint.note(item.id, model.identity, outcome);
        tally.count(index, outcome);
      } else if (outcome.code === 'ended') return;
      else tally.fail(index, { picture: item.place.at, code: outcome.code, why: outcome.why });
    }
  });
}

async function askOrSend(
  { service, tally, dryRun }: Work,
  { reference, cost }: Model,
  index: number,
  { bytes, sha256 }: Picture,
): Promise<Outcome | AskFailure> {
  const kept = await service.isKept(reference, sha256);
  if (!kept.ok) return kept.failure;
  tally.spend(LOOK_UP);
  if (kept.value) return 'hit';
  if (dryRun) {
    const dear = cost[0]?.cpuMs;
    if (dear !== undefined) tally.spend(priceOf(dear));
    tally.send(index, bytes.length);
    return 'would_send';
  }
  const classified = await service.classify(reference, bytes, sha256);
  if (!classified.ok) return classified.failure;
  const { hit, cpuMs, usd } = classified.value;
  tally.send(index, bytes.length);
  tally.spend({ cpuMs: cpuMs ?? 0, usd: usd ?? LOOK_UP.usd });
  return hit ? 'known' : 'warmed';
}

type Alone = (key: string, work: () => Promise<void>) => Promise<void>;

/** The same bytes under two names are not sent twice: the second finds the first's answer. */
function createAlone(): Alone {
  const going = new Map<string, Promise<void>>();
  return async function alone(key, work) {
    for (let other = going.get(key); other !== undefined; other = going.get(key)) await other;
    const mine = work().finally(() => going.delete(key));
    going.set(key, mine);
    await mine;
  };
}
