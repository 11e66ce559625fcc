import { LISTED_MAX, TOLD_MAX } from './limits.ts';
import type { Price } from './price.ts';

/** What became of one picture under one model. */
export type Outcome =
  /** An answer was kept; nothing was sent. */
  | 'hit'
  /** Inferred now. */
  | 'warmed'
  /** Sent, and not inferred: its pixels, or another copy of it, were known. */
  | 'known'
  /** `--dry-run`: it would be sent. */
  | 'would_send'
  | 'failed';

export interface Failed {
  readonly picture: string;
  readonly model: string;
  readonly code: string;
  readonly why: string;
}

export interface ModelTally extends Record<Outcome, number> {
  readonly model: string;
  /** Of an earlier run, by the checkpoint. */
  done_before: number;
  sent_bytes: number;
}

/** Everything that a run counts. */
export interface Tally {
  readonly models: readonly ModelTally[];
  count(model: number, outcome: Outcome): void;
  countBefore(model: number): void;
  fail(model: number, failed: Omit<Failed, 'model'>): void;
  send(model: number, bytes: number): void;
  spend(price: Price): void;
  sum(): Sum;
  failures(): readonly Failed[];
}

export interface Sum extends Record<Outcome, number> {
  /** Pictures times models that have an end. */
  readonly done: number;
  readonly done_before: number;
  readonly sent_bytes: number;
  readonly usd: number;
  readonly cpu_ms: number;
}

export const OUTCOMES: readonly Outcome[] = ['hit', 'warmed', 'known', 'would_send', 'failed'];

export function createTally(names: readonly string[], tell: (line: string) => void): Tally {
  const models: ModelTally[] = names.map((model) => {
    const none = { hit: 0, warmed: 0, known: 0, would_send: 0, failed: 0 };
    return { model, ...none, done_before: 0, sent_bytes: 0 };
  });
  const failures: Failed[] = [];
  let [usd, cpuMs, told] = [0, 0, 0];

  function total(field: Exclude<keyof ModelTally, 'model'>): number {
    return models.reduce((sum, model) => sum + model[field], 0);
  }

  return {
    models,
    count(model, outcome) {
      models[model]![outcome]++;
    },
    countBefore(model) {
      models[model]!.done_before++;
    },
    fail(model, { picture, code, why }) {
      const tally = models[model]!;
      tally.failed++;
      if (failures.length < LISTED_MAX) failures.push({ picture, model: tally.model, code, why });
      told++;
      if (told <= TOLD_MAX) tell(`failed: ${picture}: ${code}${why === '' ? '' : ` (${why})`}`);
      if (told === TOLD_MAX + 1) tell('failed: and more, counted at the end');
    },
    send(model, bytes) {
      models[model]!.sent_bytes += bytes;
    },
    spend(price) {
      usd += price.usd;
      cpuMs += price.cpuMs;
    },
    sum() {
      const counts = {
        hit: total('hit'),
        warmed: total('warmed'),
        known: total('known'),
        would_send: total('would_send'),
        failed: total('failed'),
      };
      return {
        ...counts,
        done: Object.values(counts).reduce((sum, count) => sum + count, 0),
        done_before: total('done_before'),
        sent_bytes: total('sent_bytes'),
        ...{ usd, cpu_ms: Math.round(cpuMs) },
      };
    },
    failures: () => failures,
  };
}
