import type { ModelCard } from '../model/card.ts';

/** What an isolate has in hand, in milliseconds of one thread, by the costs on the cards. */
export interface Queue {
  waitMs(): number;
  /** Counts a picture from its decode to its scores; the answer ends the count. */
  enter(card: ModelCard): () => void;
}

/** Where nobody has measured: a ResNet-50 at 224 x 224 takes about so long. */
const UNMEASURED_MS = 100;

export function createQueue(): Queue {
  let waitMs = 0;
  return {
    waitMs: () => waitMs,
    enter(card) {
      const costMs = card.cost[0]?.cpu_ms ?? UNMEASURED_MS;
      waitMs += costMs;
      let inside = true;
      return function leave(): void {
        if (inside) waitMs -= costMs;
        inside = false;
      };
    },
  };
}
