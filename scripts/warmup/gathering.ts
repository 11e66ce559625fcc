import type { Checkpoint } from './checkpoint.ts';
import { ITEMS_MAX, TOLD_MAX } from './limits.ts';
import type { Place } from './place.ts';

/** What sources were found to hold. Nothing is passed over without being counted here. */
export interface Gathered {
  /** Pictures that were new to the checkpoint. */
  readonly added: number;
  /** Named more than once, or known from an earlier run. */
  readonly again: number;
  /** What was passed over, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
  /** Sources that could not be read, or not to their end. */
  readonly failed: ReadonlyArray<{ readonly where: string; readonly why: string }>;
}

export interface Gathering {
  add(place: Place): void;
  /** Not a picture, or not a line of a log: counted by its reason, the first ones told. */
  passOver(reason: string, where: string): void;
  fail(where: string, why: string): void;
  /** Why no more is looked for; undefined while it is. */
  closed(): string | undefined;
  gathered(): Gathered;
}

export function createGathering(
  checkpoint: Pick<Checkpoint, 'add' | 'count'>,
  tell: (line: string) => void,
  ended: () => boolean,
): Gathering {
  const skipped = new Map<string, number>();
  const failed: Array<{ where: string; why: string }> = [];
  let added = 0;
  let again = 0;
  let left = ITEMS_MAX - checkpoint.count();

  return {
    add(place) {
      if (left <= 0) return this.passOver('more_than_a_run_takes', place.at);
      if (!checkpoint.add(place)) {
        again++;
        return;
      }
      added++;
      left--;
    },
    passOver(reason, where) {
      const count = (skipped.get(reason) ?? 0) + 1;
      skipped.set(reason, count);
      if (count <= TOLD_MAX) tell(`passed over: ${reason}: ${shorten(where)}`);
      if (count === TOLD_MAX + 1) tell(`passed over: ${reason}: and more, counted at the end`);
    },
    fail(where, why) {
      failed.push({ where, why });
      tell(`cannot read ${shorten(where)}: ${why}`);
    },
    closed() {
      if (ended()) return 'the run ended before it was read';
      return left > 0 ? undefined : `more than ${ITEMS_MAX} pictures`;
    },
    gathered: () => ({ added, again, skipped: Object.fromEntries(skipped), failed }),
  };
}

const SHOWN_CHARS_MAX = 300;

/** What strangers wrote is shown on a terminal: without control characters, and not at length. */
function shorten(text: string): string {
  const plain = text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '?');
  return plain.length > SHOWN_CHARS_MAX ? `${plain.slice(0, SHOWN_CHARS_MAX)}…` : plain;
}
