import type { EventQueue } from './event-queue.ts';

export interface StationOptions {
  readonly servers: number;
  /** Jobs that a server takes at once. */
  readonly batchMax: number;
  /** Jobs in line, beside those that run; more are refused. */
  readonly waitingMax: number;
  /** Of one batch. */
  batchMs(jobs: readonly Job[]): number;
}

export interface Job {
  /** What this job alone takes; a station of batches may not care. */
  readonly ms: number;
  done(): void;
}

export interface Station {
  /** False: the line is full. */
  offer(job: Job): boolean;
  readonly waiting: number;
  /** Jobs that wait and run. */
  readonly inside: number;
  /** Of all servers, in all. */
  readonly busyMs: number;
}

/** Servers before one line, first come first served, each taking all that waits up to a batch. */
export function createStation(events: EventQueue, options: StationOptions): Station {
  let line: Job[] = [];
  let first = 0;
  let idle = options.servers;
  let running = 0;
  let busyMs = 0;

  function start(): void {
    while (idle > 0 && first < line.length) {
      const batch = line.slice(first, first + options.batchMax);
      first += batch.length;
      if (first > 1024 && first * 2 > line.length) {
        line = line.slice(first);
        first = 0;
      }
      idle--;
      running += batch.length;
      const ms = options.batchMs(batch);
      busyMs += ms;
      events.at(events.nowMs + ms, () => {
        idle++;
        running -= batch.length;
        for (const job of batch) job.done();
        start();
      });
    }
  }

  return {
    offer(job) {
      if (idle === 0 && line.length - first >= options.waitingMax) return false;
      line.push(job);
      start();
      return true;
    },
    get waiting() {
      return line.length - first;
    },
    get inside() {
      return line.length - first + running;
    },
    get busyMs() {
      return busyMs;
    },
  };
}
