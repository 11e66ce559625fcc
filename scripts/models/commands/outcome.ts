/** A failure of any part of these commands: a code, and what belongs to it. */
export type CommandFailure = { readonly code: string } & Readonly<Record<string, unknown>>;

/** Results go to stdout, everything else to stderr. */
export function printResult(asJson: boolean, result: object, text: string): void {
  console.log(asJson ? JSON.stringify(result) : text);
}

/** Exit code 1: the work could not be done. 2: the command was used wrongly. */
export function printFailure(asJson: boolean, failure: CommandFailure, exitCode: 1 | 2 = 1): void {
  if (asJson) console.log(JSON.stringify({ failure }));
  console.error(describeFailure(failure));
  process.exitCode = exitCode;
}

/** `checkpoint_mismatch: missing: a, b; unexpected: c` */
export function describeFailure({ code, ...facts }: CommandFailure): string {
  const parts = Object.entries(facts)
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

/** One line that counts up on a terminal, and nothing elsewhere. */
export function progress(what: string, total: number): (done: number) => void {
  if (!process.stderr.isTTY) return () => {};
  return (done) => {
    const end = done >= total ? '\n' : '';
    process.stderr.write(`\r${what} ${Math.min(done, total)}/${total}${end}`);
  };
}
