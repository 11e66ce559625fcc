import type { ResultCache } from '../cache/layered.ts';
import type { Digest } from '../digest.ts';
import type { ImageDecoder } from '../image/image.ts';
import type { FoundModel, Models } from '../model/models.ts';
import type { Origin } from '../origin/origin.ts';
import type { Wish } from './answer.ts';
import type { Queue } from './queue.ts';
import type { Reservations } from './reservations.ts';
import type { Turns } from './turns.ts';

/** What the pipeline works with. */
export interface ClassifyRooms {
  readonly models: Models;
  readonly decoder: ImageDecoder;
  readonly results: ResultCache;
  /** Memory for decoding: a picture's reservation is taken before its decoder is touched. */
  readonly memory: Reservations;
  /** A picture that finds more than this in hand is refused: see `Queue`. */
  readonly queueMsMax: number;
  /** Who computes next, where this thread does. */
  readonly turns: Turns;
  /** Where this runs, for answers. */
  readonly place: string;
  readonly origin: Origin | undefined;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** What one request carries from step to step. */
export interface Case {
  readonly bytes: Uint8Array;
  readonly picture: Digest;
  readonly model: FoundModel;
  readonly wish: Wish;
  readonly deadlineMsEpoch: number;
}

/** The rooms, and what this isolate has to do already. */
export interface Workplace extends ClassifyRooms {
  readonly queue: Queue;
}
