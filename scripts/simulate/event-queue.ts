export interface EventQueue {
  readonly nowMs: number;
  /** Not before now: time does not run back. Events of one moment run as they were put. */
  at(ms: number, run: () => void): void;
  /** Until nothing is left. */
  drain(): void;
}

interface Event {
  readonly ms: number;
  readonly turn: number;
  readonly run: () => void;
}

/** Simulated time: a binary heap of what will happen. */
export function createEventQueue(): EventQueue {
  const heap: Event[] = [];
  let nowMs = 0;
  let turn = 0;
  return {
    get nowMs() {
      return nowMs;
    },
    at(ms, run) {
      if (!(ms >= nowMs)) throw new RangeError(`event queue: ${ms} is before ${nowMs}`);
      push(heap, { ms, turn: turn++, run });
    },
    drain() {
      for (let next = pop(heap); next !== undefined; next = pop(heap)) {
        nowMs = next.ms;
        next.run();
      }
    },
  };
}

function isBefore(a: Event, b: Event): boolean {
  return a.ms < b.ms || (a.ms === b.ms && a.turn < b.turn);
}

function push(heap: Event[], event: Event): void {
  let at = heap.length;
  heap.push(event);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent] as Event;
    if (!isBefore(event, above)) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = event;
}

function pop(heap: Event[]): Event | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    const right = child + 1;
    if (child >= heap.length) break;
    if (right < heap.length && isBefore(heap[right] as Event, heap[child] as Event)) child = right;
    if (!isBefore(heap[child] as Event, last)) break;
    heap[at] = heap[child] as Event;
    at = child;
  }
  heap[at] = last;
  return first;
}
