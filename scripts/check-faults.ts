// `npm run check:faults`: an origin that hangs, breaks off, lies or comes byte by byte, and how
// long callers of a real Worker wait then. test/node/faults.node.test.ts asserts the rest of it.
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { provenance } from './bench/machine.ts';
import { percentile } from './bench/statistics.ts';
import type { Mood } from './faults/proxy.ts';
import { type FaultWorld, startFaultWorld } from './faults/world.ts';
import { textTable } from './text-table.ts';

const HELP = `Usage: npm run check:faults [-- options]

  --model NAME     an embedded model (default resnet18_8xb16_cifar10)
  --requests N     of each fault (default 20)
  --timeout-ms N   the deadline of each (default 500)
  --json           one JSON line
  --help

Ends with 1 where an answer names another class than the origin in good health, a caller waits
more than 100 ms beyond its deadline, or the origin is called more than 1.1 times a request.`;

const SLACK_MS = 100;
const CALLS_EACH_MAX = 1.1;
/** Good answers between two faults: the breaker is to stay out of it. */
const WELL_BETWEEN = 2;
const PHOTOGRAPH = 'models/samples/chelsea.png';
const MOODS: readonly Mood[] = [
  'well',
  'reset',
  'half',
  'half_reset',
  'half_chunked',
  'html',
  'nan',
  'corrupt',
  'other_picture',
  'busy',
  'hang',
  'slow',
];

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'resnet18_8xb16_cifar10' },
    requests: { type: 'string', default: '20' },
    'timeout-ms': { type: 'string', default: '500' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const [requests, timeoutMs] = [Number(values.requests), Number(values['timeout-ms'])];
if (values.help || !(requests >= 1) || !(timeoutMs >= 10)) {
  console.log(HELP);
  process.exit(values.help ? 0 : 2);
}

interface Row {
  readonly fault: Mood;
  /** What callers got: `edge origin_failed`, `504 deadline_exceeded`; how often. */
  readonly outcomes: Map<string, number>;
  readonly ms: number[];
  wrong: number;
}

const body = new Uint8Array(readFileSync(PHOTOGRAPH));
const world = await startFaultWorld(values.model);
try {
  process.exitCode = await check(world);
} finally {
  await world.close();
}

async function check({ proxy }: FaultWorld): Promise<number> {
  await ask('auto');
  const { label } = await ask('origin');
  const rows: Row[] = [];
  let asked = 0;
  const callsBefore = proxy.calls;
  for (const fault of MOODS) {
    const row: Row = { fault, outcomes: new Map(), ms: [], wrong: 0 };
    for (let i = 0; i < requests; i++) {
      proxy.mood = fault;
      const beganMs = performance.now();
      const answer = await ask('origin');
      row.ms.push(performance.now() - beganMs);
      row.outcomes.set(answer.outcome, (row.outcomes.get(answer.outcome) ?? 0) + 1);
      if (answer.label !== undefined && answer.label !== label) row.wrong++;
      proxy.mood = 'well';
      for (let well = 0; well < WELL_BETWEEN; well++) await ask('origin');
      asked += 1 + WELL_BETWEEN;
    }
    rows.push(row);
  }
  return report(rows, (proxy.calls - callsBefore) / asked);
}

interface Asked {
  readonly outcome: string;
  readonly label: number | undefined;
}

async function ask(engine: 'auto' | 'origin'): Promise<Asked> {
  const query = `engine=${engine}&timeout_ms=${timeoutMs}`;
  const response = await fetch(`${world.url}/v1/classify?${query}`, {
    method: 'POST',
    body,
    headers: { 'cache-control': 'no-store' },
  });
  const { code, pred_label, run } = (await response.json()) as {
    readonly code?: string;
    readonly pred_label?: number;
    readonly run?: { readonly place: string; readonly because: string };
  };
  const outcome = run === undefined ? `${response.status} ${code}` : `${run.place} ${run.because}`;
  return { outcome, label: pred_label };
}

function report(rows: readonly Row[], callsEach: number): number {
  const figures = rows.map(({ fault, outcomes, ms, wrong }) => ({
    fault,
    outcomes: [...outcomes].map(([name, count]) => `${count} ${name}`).join(', '),
    wrong,
    p50_ms: Math.round(percentile(ms, 50)),
    p99_ms: Math.round(percentile(ms, 99)),
    most_ms: Math.round(Math.max(...ms)),
  }));
  const good =
    callsEach <= CALLS_EACH_MAX &&
    figures.every(({ wrong, most_ms: most }) => wrong === 0 && most <= timeoutMs + SLACK_MS);
  const from = {
    model: values.model,
    requests,
    timeout_ms: timeoutMs,
    calls_each: Math.round(callsEach * 1000) / 1000,
    machine_load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    ...provenance(),
  };
  if (values.json) console.log(JSON.stringify({ check: 'faults', good, ...from, figures }));
  else {
    const head = ['the origin …', 'callers got', 'wrong', 'p50 ms', 'p99 ms', 'most ms'];
    const cells = figures.map((figure) => Object.values(figure).map(String));
    console.log(textTable(head, cells));
    console.log(JSON.stringify(from));
  }
  return good ? 0 : 1;
}
