// `npm run simulate:fleet -- --figures FILE`: at N requests a second worldwide, what hit ratio,
// p99, origin load and monthly cost? A simulation: what is measured comes from the file that
// benchmarks wrote, what is assumed stands in settings.ts, prices in ../costs/prices.ts.
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { PRICES } from '../costs/prices.ts';
import { textTable } from '../text-table.ts';
import { monthlyCost } from './cost.ts';
import { COMMANDS, type Figures, parseFigures } from './figures.ts';
import { originsMax, perSecondMax, ratesMax, requestsMax } from './limits.ts';
import { plotFleet } from './plot.ts';
import { ASSUMED } from './settings.ts';
import { type FleetReport, simulateFleet } from './simulate-fleet.ts';

const HELP = `Usage: npm run simulate:fleet -- --figures FILE [options]

  --figures FILE             what these wrote:
    ${Object.values(COMMANDS).join('\n    ')}
  --model NAME               default resnet50_keras_in1k
  --rates 1,10,...           requests a second worldwide (default 1,10,100,1000,10000)
  --requests N               of each run (default 60000)
  --no-origin                cold isolates make the caller wait
  --origin-usd-per-hour USD  default ${PRICES.container.usd}, with a GPU ${PRICES.gpu.usd}
  --seed N                   default 1
  --plot FILE.svg
  --json`;

/** Beyond it an origin's line grows: one more is hired. */
const ORIGIN_LOAD_MAX = 0.7;

const { values } = parseArgs({
  options: {
    figures: { type: 'string' },
    model: { type: 'string', default: 'resnet50_keras_in1k' },
    rates: { type: 'string', default: '1,10,100,1000,10000' },
    requests: { type: 'string', default: '60000' },
    'no-origin': { type: 'boolean', default: false },
    'origin-usd-per-hour': { type: 'string' },
    seed: { type: 'string', default: '1' },
    plot: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const rates = values.rates.split(',').map(Number);
const requests = Number(values.requests);
const valid =
  rates.length <= ratesMax &&
  rates.every((rate) => rate > 0 && rate <= perSecondMax) &&
  Number.isInteger(requests) &&
  requests >= 10 &&
  requests <= requestsMax;
if (values.help || !valid) {
  console.log(HELP);
  process.exit(values.help ? 0 : 2);
}
const from = process.env.INVOKED_FROM ?? process.cwd();
const path = values.figures === undefined ? '' : resolve(from, values.figures);
const text = readOr(path);
const run = `${COMMANDS.request}, and ${COMMANDS.coldstart}, and ${COMMANDS.batches}`;
if (text === undefined) refuse({ code: 'no_figures', path, run });
const figures = parseFigures(text, values.model);
if (!figures.ok) refuse(figures.failure);
simulate(figures.value);

function simulate(measured: Figures): void {
  const hour = Number(
    values['origin-usd-per-hour'] ?? PRICES[measured.provider === 'cpu' ? 'container' : 'gpu'].usd,
  );
  const found = rates.map((perSecond) => {
    const { report, origins } = withOrigins(perSecond, measured);
    return { perSecond, origins, report, cost: monthlyCost(report, perSecond, origins, hour) };
  });
  if (values.json) console.log(JSON.stringify({ assumed: ASSUMED, measured, found }));
  else print(found, measured);
  if (values.plot === undefined) return;
  const points = found.map(({ perSecond, report, cost }) => ({
    perSecond,
    hitPercent: report.hitRatio * 100,
    p99Ms: report.p99Ms,
    usd: cost.all,
    workersAiUsd: cost.workersAi,
  }));
  const title = `${measured.model}: simulated, by figures of ${measured.machine}`;
  writeFileSync(resolve(from, values.plot), plotFleet(title, points));
}

function withOrigins(
  perSecond: number,
  measured: Figures,
): { readonly report: FleetReport; readonly origins: number } {
  let origins = values['no-origin'] ? 0 : 1;
  for (;;) {
    const seed = Number(values.seed);
    const report = simulateFleet({ ...ASSUMED, perSecond, requests, seed, origins }, measured);
    if (report.originLoad <= ORIGIN_LOAD_MAX || origins >= originsMax) return { report, origins };
    origins *= 2;
  }
}

function print(
  found: ReadonlyArray<{
    readonly perSecond: number;
    readonly origins: number;
    readonly report: FleetReport;
    readonly cost: ReturnType<typeof monthlyCost>;
  }>,
  measured: Figures,
): void {
  const head = ['a second', 'hits', 'p50 ms', 'p99 ms', 'cold starts', 'origins', 'load'];
  const rows = found.map(({ perSecond, origins, report, cost }) => [
    String(perSecond),
    `${(report.hitRatio * 100).toFixed(1)} %`,
    report.p50Ms.toFixed(1),
    report.p99Ms.toFixed(0),
    `${((report.coldStarts / report.counted) * 100).toFixed(2)} %`,
    String(origins),
    `${(report.originLoad * 100).toFixed(1)} %`,
    ...[cost.workers, cost.r2, cost.origins, cost.all, cost.workersAi].map((usd) => usd.toFixed(0)),
  ]);
  const dollars = ['Workers $', 'R2 $', 'origins $', 'all $ a month', 'Workers AI $'];
  console.log(textTable([...head, ...dollars], rows));
  console.log(`\n${measured.model}, ${measured.provider} origin, ${measured.machine}`);
}

function readOr(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function refuse(failure: object): never {
  console.error(JSON.stringify(failure));
  process.exit(1);
}
