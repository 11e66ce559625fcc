import { Presets, SingleBar } from 'cli-progress';
import type { Meter } from './meter.ts';
import type { Pace } from './pace.ts';
import type { Tally } from './tally.ts';

export interface Watched {
  readonly tally: Tally;
  readonly pace: Pace;
  readonly meter: Meter;
  /** Pictures times models, those of earlier runs included. */
  readonly total: number;
  readonly clock: () => number;
}

/** On a terminal a bar four times a second; elsewhere a line now and then, for a log. */
const BAR_EVERY_MS = 250;
const LINE_EVERY_MS = 15_000;

const BAR = 'warming {bar} {percentage} %  {words}';

/** Shows how far a run is, on stderr, until the answer is called. */
export function showProgress(watched: Watched, stream: NodeJS.WriteStream): () => void {
  const beganMs = watched.clock();
  if (!stream.isTTY) {
    const timer = setInterval(() => {
      stream.write(`warming: ${describeProgress(watched, beganMs)}\n`);
    }, LINE_EVERY_MS);
    return () => clearInterval(timer);
  }
  // The cursor stays: a killed run could not bring it back.
  const options = { format: BAR, barsize: 18, hideCursor: false, stream };
  const bar = new SingleBar(options, Presets.shades_classic);
  const show = (): void => {
    const { done, done_before: before } = watched.tally.sum();
    bar.update(done + before, { words: describeProgress(watched, beganMs) });
  };
  bar.start(watched.total, 0, { words: '' });
  const timer = setInterval(show, BAR_EVERY_MS);
  return () => {
    clearInterval(timer);
    show();
    bar.stop();
  };
}

/** `312/500 done, 10 hit, 300 warmed, 2 failed, 24.1/s, 8 s left, p50 31 ms, p99 80 ms` */
export function describeProgress(
  { tally, meter, pace, total, clock }: Watched,
  beganMs: number,
): string {
  const sum = tally.sum();
  const { done, done_before: before, hit, known, warmed, failed } = sum;
  const perSecond = (done * 1000) / Math.max(1, clock() - beganMs);
  const left = total - before - done;
  const eta = perSecond > 0 ? `${formatSeconds(left / perSecond)} left` : 'no rate yet';
  const { waitMs } = pace.now();
  const { p50_ms: p50, p99_ms: p99 } = meter.read();
  return [
    `${done + before}/${total} done`,
    `${hit + known} hit`,
    sum.would_send > 0 ? `${sum.would_send} to send` : `${warmed} warmed`,
    `${failed} failed`,
    `${perSecond.toFixed(1)}/s`,
    waitMs > 0 ? `told to wait ${formatSeconds(waitMs / 1000)}` : eta,
    ...(p50 === undefined ? [] : [`p50 ${p50} ms`, `p99 ${p99} ms`]),
  ].join(', ');
}

/** `8 s`, `3 min`, `2.5 h` */
export function formatSeconds(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  if (seconds < 6000) return `${Math.ceil(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
