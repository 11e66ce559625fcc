import { Presets, SingleBar } from 'cli-progress';

/** A failure of any part of these commands: a code, and what belongs to it. */
export interface CommandFailure {
  readonly code: string;
}

/** Results go to stdout, everything else to stderr. */
export function printResult(asJson: boolean, result: object, text: string): void {
  console.log(asJson ? JSON.stringify(result) : text);
}

/** What the caller did wrong, where the same command can never do better. */
const WRONG_USE: ReadonlySet<string> = new Set([
  'bad_digest',
  'bad_labels',
  'bad_model_name',
  'bad_preprocess',
  'bad_setting',
  'bad_source',
  'missing_setting',
  'no_statistics',
  'option_needed',
  'unreadable_file',
]);

/** Exit code 1: the work could not be done. 2: the command was used wrongly. */
export function printFailure<F extends CommandFailure>(
  asJson: boolean,
  failure: F,
  exitCode: 1 | 2 = WRONG_USE.has(failure.code) ? 2 : 1,
): void {
  if (asJson) console.log(JSON.stringify({ failure }));
  console.error(describeFailure(failure));
  process.exitCode = exitCode;
}

/** `checkpoint_mismatch: missing: a, b; unexpected: c` */
export function describeFailure<F extends CommandFailure>({ code, ...facts }: F): string {
  const parts = Object.entries<unknown>(facts)
    .map(([name, value]) => [name, Array.isArray(value) ? listed(value) : String(value)])
    .filter(([, value]) => value !== '');
  return [code, ...parts.map(([name, value]) => `  ${name}: ${value}`)].join('\n');
}

const LISTED_MAX = 20;

function listed(values: readonly unknown[]): string {
  const shown = values.slice(0, LISTED_MAX).map(String).join(', ');
  const more = values.length - LISTED_MAX;
  return more > 0 ? `${shown} and ${more} more` : shown;
}

const BAR = '{what} {bar} {percentage} %  {value}/{total}  {eta_formatted} left';

/** A bar on a terminal, on stderr, and nothing elsewhere. It ends at its total. */
export function progress(what: string, total: number): (done: number) => void {
  if (!process.stderr.isTTY) return () => {};
  // The cursor stays: a killed run could not bring it back.
  const options = { format: BAR, barsize: 28, hideCursor: false, etaBuffer: 50 };
  const bar = new SingleBar(options, Presets.shades_classic);
  return (done) => {
    if (done < total && !bar.isActive) bar.start(total, 0, { what: what.padEnd(11) });
    if (!bar.isActive) return;
    bar.update(Math.min(done, total));
    if (done >= total) bar.stop();
  };
}

/** The same for a download: megabytes, and a total that the server may not have told. */
export function downloadProgress(): (done: number, total: number | undefined) => void {
  let show: ((done: number) => void) | undefined;
  let shownMB = -1;
  return (done, total) => {
    const doneMB = Math.round(done / 1e6);
    if (total === undefined || doneMB === shownMB) return;
    shownMB = doneMB;
    show ??= progress('MB', Math.round(total / 1e6));
    show(doneMB);
  };
}
