import type { Answer, ClassifyFailure } from '../classify/answer.ts';
import type { Classifier } from '../classify/classify.ts';
import type { Release } from '../classify/reservations.ts';
import { isDigest, sha256 } from '../digest.ts';
import type { ModelFailure } from '../model/failure.ts';
import type { ObjectStore } from '../model/objects.ts';
import { readDocument } from '../model/store.ts';
import { fail, ok, type Result } from '../result.ts';
import { chooseStart, WARM_CURSOR_KEY, type WarmCursor, warmCursorSchema } from './cursor.ts';
import {
  LIST_BYTES_MAX,
  TICK_CPU_MS_MAX,
  TICK_FAILURES_TOLD,
  TICK_FETCHES_MAX,
  TICK_LOOKUPS_MAX,
  TICK_MS_MAX,
} from './limits.ts';
import { WARM_LIST_KEY, type WarmList, warmListSchema } from './list.ts';

export interface WarmDeps {
  readonly objects: ObjectStore;
  /** Over the worldwide tier alone: what a nearer one holds says nothing of it. */
  readonly classifier: Classifier;
  readonly defaultModel: string;
  /** Callers have as much waiting as this isolate takes: a tick leaves the rest to the next. */
  busy(): boolean;
  fetchPicture(url: string): Promise<Result<HeldPicture, { readonly code: string }>>;
  readonly everyMs: number;
  readonly clock: () => number;
  tell(level: 'info' | 'warn', event: string, facts: Facts): void;
}

/** Its bytes, and the memory that was reserved for them before they came. */
export interface HeldPicture {
  readonly bytes: Uint8Array;
  readonly release: Release;
}

type Facts = Readonly<Record<string, string | number>>;

export interface Ticked {
  readonly kept: number;
  readonly warmed: number;
  /** Of `kept` and `warmed`: the address has other bytes now than when it was listed. */
  readonly changed: number;
  readonly failed: number;
  readonly at: number;
  readonly total: number;
}

/** One share of the list's round. Undefined where there is nothing to do now. */
export async function keepWarm(deps: WarmDeps): Promise<Ticked | undefined> {
  const read = await readList(deps.objects);
  if (!read.ok) {
    deps.tell('warn', 'warm_list_unreadable', describe(read.failure));
    return undefined;
  }
  if (read.value === undefined) return undefined;
  const list = read.value;
  const models = list.models.length > 0 ? list.models : [deps.defaultModel];
  const total = models.length * list.pictures.length;
  const digest = await sha256(new TextEncoder().encode(JSON.stringify([models, list.pictures])));
  const before = await readDocument(deps.objects, WARM_CURSOR_KEY, warmCursorSchema);
  // A store that is away must not make a round begin anew; what cannot be read is written anew.
  if (!before.ok && before.failure.code === 'model_unavailable') return undefined;
  const facts = { list: digest, total, nowMs: deps.clock(), everyMs: deps.everyMs };
  const start = chooseStart(before.ok ? before.value : undefined, facts);
  if (start === undefined) return undefined;
  const ticked = await goOn(deps, { list, models, total }, start.at);
  const cursor: WarmCursor = { ...start, at: ticked.at };
  const bytes = new TextEncoder().encode(JSON.stringify(cursor));
  const written = await deps.objects.put(WARM_CURSOR_KEY, bytes);
  if (!written.ok) deps.tell('warn', 'warm_cursor_unwritten', describe(written.failure));
  if (ticked.at === total || ticked.warmed + ticked.failed > 0) {
    deps.tell('info', 'warm_tick', { ...ticked });
  }
  return ticked;
}

async function readList(objects: ObjectStore): Promise<Result<WarmList | undefined, ModelFailure>> {
  const size = await objects.head(WARM_LIST_KEY);
  if (!size.ok) return size;
  if (size.value === undefined) return ok(undefined);
  if (size.value > LIST_BYTES_MAX) {
    const detail = `${WARM_LIST_KEY}: ${size.value} bytes, more than ${LIST_BYTES_MAX}`;
    return fail({ code: 'model_invalid', detail });
  }
  return readDocument(objects, WARM_LIST_KEY, warmListSchema);
}

interface Round {
  readonly list: WarmList;
  readonly models: readonly string[];
  readonly total: number;
}

/** What became of one picture under one model. */
type Step =
  | { readonly is: 'kept' | 'warmed'; readonly cpuMs: number; readonly changed: boolean }
  | { readonly is: 'failed'; readonly code: string; readonly fetched: boolean }
  /** Nothing is wrong with the picture: it is the next tick's first. */
  | { readonly is: 'later' };

async function goOn(deps: WarmDeps, { list, models, total }: Round, from: number): Promise<Ticked> {
  const untilMs = deps.clock() + TICK_MS_MAX;
  const counts = { kept: 0, warmed: 0, changed: 0, failed: 0 };
  let [at, fetches, cpuMs] = [from, 0, 0];
  for (let looked = 0; at < total && looked < TICK_LOOKUPS_MAX; looked++) {
    const spent = fetches >= TICK_FETCHES_MAX || cpuMs >= TICK_CPU_MS_MAX;
    if (spent || deps.clock() >= untilMs || deps.busy()) break;
    // Model by model: two that do not fit side by side would push each other out all the time.
    const model = models[Math.floor(at / list.pictures.length)] ?? '';
    const picture = list.pictures[at % list.pictures.length];
    if (picture === undefined) break;
    const step = await keepOne(deps, picture, model);
    if (step.is === 'later') break;
    at++;
    counts[step.is]++;
    if (step.is === 'failed') {
      if (step.fetched) fetches++;
      const { url } = picture;
      if (counts.failed <= TICK_FAILURES_TOLD) {
        deps.tell('warn', 'warm_failed', { url, model, code: step.code });
      }
      continue;
    }
    if (step.changed) counts.changed++;
    if (step.cpuMs > 0) fetches++;
    cpuMs += step.cpuMs;
  }
  return { ...counts, at, total };
}

/** Passing states of this isolate, not of the picture. */
const LATER: ReadonlySet<string> = new Set(['overloaded', 'engine_busy', 'deadline_exceeded']);

async function keepOne(
  { classifier, fetchPicture }: WarmDeps,
  { url, sha256: listed }: WarmList['pictures'][number],
  model: string,
): Promise<Step> {
  const behind: Array<Promise<void>> = [];
  const from = { scope: '', background: (work: Promise<void>) => void behind.push(work) };
  if (listed !== undefined && isDigest(listed)) {
    const kept = await classifier.kept(listed, model, from);
    if (!kept.ok) return { is: 'failed', code: kept.failure.code, fetched: false };
    if (kept.value !== undefined) return { is: 'kept', cpuMs: 0, changed: false };
  }
  const fetched = await fetchPicture(url);
  if (!fetched.ok) return toStep(fetched.failure);
  const { bytes, release } = fetched.value;
  try {
    const cache = { read: true, write: true, only: false };
    const answer = await classifier.classify(bytes, { ...from, model, cache });
    // Kept before the cursor moves on: a tick that dies is done again.
    await Promise.all(behind);
    return answer.ok ? toKept(answer.value, listed) : toStep(answer.failure);
  } finally {
    release();
  }
}

/** Where nobody has measured: a ResNet-50 at 224 x 224 takes about so long. */
const UNMEASURED_MS = 100;
/** A hash and a decode, where no inference was needed. */
const DECODED_MS = 10;

function toKept({ card, image, cache }: Answer, listed: string | undefined): Step {
  const changed = listed !== undefined && listed !== image.sha256;
  if (cache.status === 'hit') return { is: 'kept', cpuMs: DECODED_MS, changed };
  return { is: 'warmed', cpuMs: card.cost[0]?.cpu_ms ?? UNMEASURED_MS, changed };
}

function toStep({ code }: ClassifyFailure | { readonly code: string }): Step {
  return LATER.has(code) ? { is: 'later' } : { is: 'failed', code, fetched: true };
}

function describe(failure: { readonly code: string; readonly detail?: string }): Facts {
  const { code, detail = '' } = failure;
  return { code, detail };
}
