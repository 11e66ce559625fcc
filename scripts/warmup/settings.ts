import { parseArgs } from 'node:util';
import { fail, ok, type Result } from '../../src/result.ts';
import { CONCURRENCY_MAX, MODELS_MAX, PICTURE_BYTES_MAX, RATE_MAX, SOURCES_MAX } from './limits.ts';
import { USUAL_FIELDS } from './sources/log.ts';

export interface Settings {
  /** Without a slash at the end. */
  readonly url: string;
  readonly key: string | undefined;
  /** As the user wrote them; none is the service's own. */
  readonly models: readonly string[];
  readonly sources: readonly string[];
  readonly concurrency: number;
  readonly rate: number;
  readonly requestsMax: number;
  readonly bytesMax: number;
  readonly msMax: number;
  readonly pictureBytesMax: number;
  readonly checkpoint: string | undefined;
  readonly fresh: boolean;
  readonly fields: readonly string[];
  readonly base: string | undefined;
  readonly pages: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly publishList: 'local' | 's3' | undefined;
}

export const HELP = `Usage: npm run warmup -- --url https://… [options] [source …]

A source is a picture, a folder, a sitemap, a page, a log, or - for standard input.

  --url URL                 the service
  --key KEY                 its API key; better in RAZORBILL_KEY, where others cannot see it
  --model NAME              repeatable; default: the service's own
  --concurrency N           requests at once, at most (8)
  --rate N                  requests a second, at most (50)
  --max-requests N          requests in all
  --max-bytes SIZE          picture bytes sent in all: 500MB, 2GiB
  --max-time TIME           90s, 10m, 2h
  --max-picture-bytes SIZE  of one picture (20MiB)
  --checkpoint FILE         what is done (default: in .cache/warmup, by service, sources and models)
  --fresh                   begin anew, whatever the checkpoint says
  --field NAME              of JSON lines, repeatable (url, path); dots lead inside
  --base URL                what relative addresses of logs and local pages count from
  --pages                   read the pages that a sitemap lists for their image tags
  --publish-list WHERE      local or s3: the Worker keeps these addresses warm from then on
  --dry-run                 ask what is kept, send nothing
  --json                    the result as JSON on stdout
  --help

Ends with 0 when all is warm, 1 when an item failed, 2 for wrong use, 3 when the budget ended
first.`;

const OPTIONS = {
  url: { type: 'string' },
  key: { type: 'string' },
  model: { type: 'string', multiple: true },
  concurrency: { type: 'string', default: '8' },
  rate: { type: 'string', default: '50' },
  'max-requests': { type: 'string' },
  'max-bytes': { type: 'string' },
  'max-time': { type: 'string' },
  'max-picture-bytes': { type: 'string' },
  checkpoint: { type: 'string' },
  fresh: { type: 'boolean', default: false },
  field: { type: 'string', multiple: true },
  base: { type: 'string' },
  pages: { type: 'boolean', default: false },
  'publish-list': { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

export interface WrongUse {
  readonly code: 'wrong_use';
  readonly message: string;
}

/** Every option is judged before anything is asked of anybody; `help` wins over all. */
export function readSettings(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Result<Settings | 'help', WrongUse> {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: OPTIONS,
    });
    if (values.help) return ok('help');
    return ok(toSettings(values, positionals, env));
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return fail({ code: 'wrong_use', message });
  }
}

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

function toSettings(
  values: Values,
  sources: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Settings {
  const { model: models = [], field = [], base } = values;
  if (models.length > MODELS_MAX) throw new Error(`--model: at most ${MODELS_MAX}`);
  if (sources.length > SOURCES_MAX) throw new Error(`at most ${SOURCES_MAX} sources`);
  if (base !== undefined && !URL.canParse(base)) throw new Error('--base: not an address');
  const where = values['publish-list'];
  if (where !== undefined && where !== 'local' && where !== 's3') {
    throw new Error('--publish-list: local or s3');
  }
  if (sources.length === 0 && values.checkpoint === undefined) {
    throw new Error('name a picture, a folder, a sitemap, a page, a log, or - for standard input');
  }
  return {
    url: readUrl(values.url),
    key: values.key ?? env.RAZORBILL_KEY,
    models: [...new Set(models)],
    sources,
    concurrency: readCount('--concurrency', values.concurrency, CONCURRENCY_MAX),
    rate: readCount('--rate', values.rate, RATE_MAX),
    requestsMax: readCount('--max-requests', values['max-requests'], Number.MAX_SAFE_INTEGER),
    bytesMax: readSize('--max-bytes', values['max-bytes'], Number.POSITIVE_INFINITY),
    msMax: readTime('--max-time', values['max-time']),
    pictureBytesMax: readSize(
      '--max-picture-bytes',
      values['max-picture-bytes'],
      PICTURE_BYTES_MAX,
    ),
    checkpoint: values.checkpoint,
    fresh: values.fresh,
    fields: field.length === 0 ? USUAL_FIELDS : field,
    base,
    pages: values.pages,
    dryRun: values['dry-run'],
    json: values.json,
    publishList: where,
  };
}

/** https, or http to this machine: a key over plain http would be everybody's. */
function readUrl(text: string | undefined): string {
  if (text === undefined) throw new Error('--url: the address of the service');
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new Error('--url: an https address, without a query');
  }
  const own = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.protocol === 'http:' && !own) throw new Error('--url: plain http only to this machine');
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

function readCount(name: string, text: string | undefined, max: number): number {
  if (text === undefined) return max;
  const count = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(count <= max)) throw new Error(`${name}: a whole number, 1 to ${max}`);
  return count;
}

const UNITS: Readonly<Record<string, number>> = {
  ...{ '': 1, b: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 },
  ...{ kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40 },
};

function readSize(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const [, digits, unit = ''] = /^(\d{1,12}(?:\.\d{1,3})?)\s*([a-z]{0,3})$/i.exec(text) ?? [];
  const bytes = Number(digits) * (UNITS[unit.toLowerCase()] ?? Number.NaN);
  if (!(bytes >= 1)) throw new Error(`${name}: bytes, as 500MB or 2GiB`);
  return Math.floor(bytes);
}

const SPANS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

function readTime(name: string, text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  const [, digits, unit = ''] = /^(\d{1,6}(?:\.\d{1,3})?)([smh])$/.exec(text) ?? [];
  const ms = Number(digits) * (SPANS[unit] ?? Number.NaN);
  if (!(ms > 0)) throw new Error(`${name}: 90s, 10m or 2h`);
  return ms;
}
