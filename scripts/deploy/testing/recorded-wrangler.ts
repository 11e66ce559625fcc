import type { Ran, RunWrangler } from '../run-wrangler.ts';

export interface RecordedAccount {
  readonly wrangler: RunWrangler;
  /** Commands that changed something, as they were typed. */
  readonly changes: string[];
  readonly buckets: Set<string>;
  readonly queues: Set<string>;
  readonly databases: Set<string>;
  readonly notified: Map<string, string>;
  readonly secrets: Map<string, Set<string>>;
  readonly cards: Map<string, string>;
  /** 1 is the next change; it fails, and nothing is changed. */
  failAt: number;
}

/**
 * An account in memory that answers in wrangler 4.155's words, as test/node/deploy-cloudflare has
 * the real one say them. For tables of cases: the real one takes a second a command.
 */
export function recordAccount(): RecordedAccount {
  const account: RecordedAccount = {
    wrangler: async (args) => {
      const known = answer(args, account);
      if (known !== undefined) return known;
      if (--account.failAt === 0) return failed('An unknown error has occurred. [code: 10013]');
      account.changes.push(args.join(' '));
      return change(args, account);
    },
    changes: [],
    buckets: new Set(),
    queues: new Set(),
    databases: new Set(),
    notified: new Map(),
    secrets: new Map(),
    cards: new Map(),
    failAt: 0,
  };
  return account;
}

function said(stdout: string, output: readonly unknown[] = []): Ran {
  return { status: 0, stdout, stderr: '', output };
}

function failed(why: string): Ran {
  return { status: 1, stdout: '', stderr: `✘ [ERROR] ${why}\n`, output: [] };
}

/** What only asks. */
function answer(args: readonly string[], account: RecordedAccount): Ran | undefined {
  const line = args.join(' ');
  const { buckets, queues, databases, notified, secrets, cards } = account;
  if (line === 'whoami --json') {
    const accounts = [{ id: 'a1', name: 'Auk' }];
    return said(JSON.stringify({ loggedIn: true, email: 'alca@auk.example', accounts }));
  }
  if (line === 'r2 bucket list') {
    const entries = [...buckets].map((name) => `name:           ${name}\ncreation_date:  2026`);
    return said(`Listing buckets...\n${entries.join('\n\n')}`);
  }
  if (line.startsWith('queues list')) {
    const shown = args.at(-1) === '1' ? [...queues] : [];
    return said(shown.map((name, i) => `│ ${toId(i)} │ ${name}   │ 2026 │`).join('\n├──┤\n'));
  }
  if (line === 'd1 list --json') return said(json([...databases].map((name) => ({ name }))));
  if (line.startsWith('secret list')) {
    const names = secrets.get(args[3] ?? '');
    if (names === undefined) return failed(`Worker "${args[3]}" not found.`);
    return said(json([...names].map((name) => ({ name, type: 'secret_text' }))));
  }
  if (line.startsWith('r2 bucket notification list')) {
    const queue = notified.get(args.at(-1) ?? '');
    if (queue === undefined) return failed('No event notification config [code: 11015]');
    return said(`rule_id:     r\nqueue_name:  ${queue}\nprefix:      (all prefixes)`);
  }
  if (line.startsWith('r2 object get')) {
    const card = cards.get(args[3] ?? '');
    return card === undefined ? failed('The specified key does not exist.') : said(card);
  }
  if (line.startsWith('deployments status')) {
    return said(json({ versions: [{ version_id: 'v-old', percentage: 100 }] }));
  }
  if (line.startsWith('deploy --dry-run')) {
    const bundle_size = { raw_bytes: 2_000_000, gzip_bytes: 600_000 };
    return said('--dry-run: exiting now.', [{ type: 'wrangler-session' }, { bundle_size }]);
  }
  return undefined;
}

function change(args: readonly string[], account: RecordedAccount): Ran {
  const [room = '', ...rest] = args;
  const line = args.join(' ');
  const name = args.at(-1) ?? '';
  if (line.startsWith('r2 bucket create')) account.buckets.add(name);
  else if (line.startsWith('queues create')) account.queues.add(name);
  else if (line.startsWith('d1 create')) account.databases.add(name);
  else if (line.startsWith('r2 bucket notification create')) {
    account.notified.set(args[4] ?? '', name);
  } else if (room === 'deploy' || line.startsWith('versions upload')) {
    return upload(rest, room, account);
  }
  return said('');
}

function upload(args: readonly string[], room: string, account: RecordedAccount): Ran {
  const environment = args[args.indexOf('--env') + 1] ?? '';
  const isOrt = args.includes('src/engine/ort/wrangler.toml');
  const worker = `razorbill-${isOrt ? 'ort-' : ''}${environment}`;
  const secrets = account.secrets.get(worker) ?? new Set();
  account.secrets.set(worker, secrets);
  if (args.includes('--secrets-file')) secrets.add('API_KEYS');
  if (room === 'versions') return said('', [{ type: 'version-upload', version_id: 'v-new' }]);
  const targets = isOrt ? [] : [`https://${worker}.auk.workers.dev`, 'schedule: * * * * *'];
  return said('', [{ type: 'deploy', version_id: 'v-new', targets }]);
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

function toId(i: number): string {
  return i.toString(16).padStart(32, '0');
}
