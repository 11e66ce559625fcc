// An account of Cloudflare's as wrangler sees it: the REST API's answers, kept in memory, so that
// the real wrangler's commands can be run without one. The forms are those that wrangler 4.155
// reads and the API documents (developers.cloudflare.com/api); what the platform itself does with a
// deployment is not here.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DatabaseSync } from 'node:sqlite';

export const ACCOUNT = { id: '0123456789abcdef0123456789abcdef', name: 'Auk & Daughters' };
export const TOKEN = 'a-token-of-nobody';

export interface AccountState {
  readonly buckets: Map<string, Map<string, Uint8Array>>;
  readonly queues: Map<string, { readonly id: string; consumers: Json[] }>;
  readonly databases: Map<string, { readonly uuid: string; readonly sqlite: DatabaseSync }>;
  /** Bucket to the queues that hear of it. */
  readonly notifications: Map<string, Set<string>>;
  readonly workers: Map<string, DeployedWorker>;
}

export interface DeployedWorker {
  readonly versions: Array<{ readonly id: string; readonly metadata: Json }>;
  secrets: Map<string, string>;
  deployment: ReadonlyArray<{ readonly version_id: string; readonly percentage: number }>;
  crons: Json[];
}

export type Json = Record<string, unknown>;

export interface Account {
  readonly url: string;
  readonly state: AccountState;
  /** `POST /r2/buckets`, in their order; paths begin behind the account's. */
  readonly changes: string[];
  /** Requests that the account knows no answer to. */
  readonly unknown: string[];
  /** The next request that begins so fails, once. */
  failNext(request: string): void;
  close(): void;
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly type: string;
}

type Answer = Response | undefined;

export async function startAccount(): Promise<Account> {
  const state: AccountState = {
    buckets: new Map(),
    queues: new Map(),
    databases: new Map(),
    notifications: new Map(),
    workers: new Map(),
  };
  const changes: string[] = [];
  const unknown: string[] = [];
  let failing: string | undefined;
  const server = createServer(async (request, response) => {
    const call = await readCall(request);
    const line = `${call.method} ${call.path}`;
    let answer: Answer;
    if (failing !== undefined && line.startsWith(failing)) {
      failing = undefined;
      answer = failure(500, 10013, 'An unknown error has occurred.');
    } else if (request.headers.authorization !== `Bearer ${TOKEN}`) {
      answer = failure(401, 10000, 'Authentication error');
    } else {
      answer = await answerCall(call, state);
      if (call.method !== 'GET' && answer?.ok === true) changes.push(line);
    }
    if (answer === undefined) unknown.push(line);
    answer ??= failure(404, 7003, 'No route for that URI');
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(new Uint8Array(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    state,
    changes,
    unknown,
    failNext(request) {
      failing = request;
    },
    close: () => void server.close(),
  };
}

async function readCall(request: IncomingMessage): Promise<Call> {
  const url = new URL(request.url ?? '/', 'http://api');
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return {
    method: request.method ?? 'GET',
    path: decodeURIComponent(url.pathname).replace(`/accounts/${ACCOUNT.id}/`, '/'),
    query: url.searchParams,
    body: new Uint8Array(Buffer.concat(pieces)),
    type: request.headers['content-type'] ?? '',
  };
}

const CREATED = '2026-11-24T00:00:00.000Z';

function success(result: unknown, more: Json = {}): Response {
  return Response.json({ success: true, errors: [], messages: [], result, ...more });
}

function failure(status: number, code: number, message: string): Response {
  const errors = [{ code, message }];
  return Response.json({ success: false, errors, messages: [], result: null }, { status });
}

const NO_WORKER = () => failure(404, 10007, 'This Worker does not exist on your account.');

async function answerCall(call: Call, state: AccountState): Promise<Answer> {
  const parts = call.path.split('/').slice(1);
  switch (parts[0]) {
    case 'user':
      return answerUser(parts);
    case 'accounts':
      return success([ACCOUNT], onePage(1));
    case 'memberships':
      return success([{ id: 'member', account: ACCOUNT, roles: [] }], onePage(1));
    case 'r2':
      return answerR2(call, parts, state);
    case 'event_notifications':
      return answerNotifications(call, parts, state);
    case 'queues':
      return answerQueues(call, parts, state);
    case 'd1':
      return answerD1(call, parts, state);
    case 'workers':
      return answerWorkers(call, parts, state);
  }
  return undefined;
}

function onePage(count: number): Json {
  return { result_info: { page: 1, per_page: 100, count, total_count: count, total_pages: 1 } };
}

function answerUser(parts: readonly string[]): Answer {
  if (parts[1] === 'tokens') return success({ id: 'token', status: 'active' });
  return success({ id: 'user', email: 'alca@auk.example' });
}

function answerR2(
  { method, path, body }: Call,
  parts: readonly string[],
  state: AccountState,
): Answer {
  const [, , bucket = '', , ...key] = parts;
  if (path === '/r2/buckets') {
    if (method === 'GET') {
      const buckets = [...state.buckets.keys()].map((name) => ({ name, creation_date: CREATED }));
      return success({ buckets });
    }
    const { name } = parse(body) as { name: string };
    if (state.buckets.has(name)) {
      return failure(409, 10004, 'The bucket you tried to create already exists, and you own it.');
    }
    state.buckets.set(name, new Map());
    return success({ name, creation_date: CREATED, location: 'WEUR', storage_class: 'Standard' });
  }
  const objects = state.buckets.get(bucket);
  if (objects === undefined) return failure(404, 10006, 'The specified bucket does not exist.');
  if (key.length === 0) return success({ name: bucket, creation_date: CREATED });
  const name = key.join('/');
  if (method === 'PUT') objects.set(name, body);
  if (method === 'DELETE') objects.delete(name);
  if (method !== 'GET') return success({});
  const object = objects.get(name);
  if (object === undefined) return failure(404, 10007, 'The specified key does not exist.');
  return new Response(object as Uint8Array<ArrayBuffer>);
}

function answerNotifications(
  { method, body }: Call,
  parts: readonly string[],
  state: AccountState,
): Answer {
  const [, , bucketName = '', , , queueId] = parts;
  const heard = state.notifications.get(bucketName);
  if (method === 'GET') {
    if (heard === undefined) return failure(404, 11015, 'No event notification config found');
    const queues = [...heard].map((queueName) => {
      const rules = [{ ruleId: 'rule', createdAt: CREATED, actions: ['PutObject'] }];
      return { queueId: state.queues.get(queueName)?.id, queueName, rules };
    });
    return success({ bucketName, queues });
  }
  const queue = [...state.queues].find(([, { id }]) => id === queueId);
  if (queue === undefined || !('rules' in parse(body))) return failure(400, 11000, 'no such queue');
  state.notifications.set(bucketName, new Set([...(heard ?? []), queue[0]]));
  return success({ event_notification_detail_id: 'detail' });
}

function answerQueues(call: Call, parts: readonly string[], state: AccountState): Answer {
  const [, queueId, kind] = parts;
  const show = ([queue_name, { id, consumers }]: [string, { id: string; consumers: Json[] }]) => ({
    queue_id: id,
    queue_name,
    created_on: CREATED,
    modified_on: CREATED,
    producers: [],
    producers_total_count: 0,
    consumers,
    consumers_total_count: consumers.length,
    settings: { delivery_delay: 0, message_retention_period: 345_600 },
  });
  if (queueId === undefined && call.method === 'GET') {
    const names = call.query.getAll('name');
    const all = [...state.queues].filter(([name]) => names.length === 0 || names.includes(name));
    // Two a page, so that whoever reads one page alone does not see all.
    const page = Number(call.query.get('page') ?? 1);
    const size = names.length === 0 ? 2 : 100;
    const shown = all.slice((page - 1) * size, page * size).map(show);
    const total_pages = Math.max(1, Math.ceil(all.length / size));
    return success(shown, { result_info: { page, per_page: size, total_pages } });
  }
  if (queueId === undefined) {
    const { queue_name } = parse(call.body) as { queue_name: string };
    if (state.queues.has(queue_name)) {
      return failure(409, 11009, `Queue name '${queue_name}' is already taken.`);
    }
    const id = (state.queues.size + 1).toString(16).padStart(32, 'f');
    state.queues.set(queue_name, { id, consumers: [] });
    return success(show([queue_name, { id, consumers: [] }]));
  }
  const found = [...state.queues].find(([, { id }]) => id === queueId);
  if (found === undefined) return failure(404, 11000, 'Queue does not exist.');
  if (kind === undefined) return success(show(found));
  if (call.method === 'GET') return success(found[1].consumers);
  const { script_name, ...consumer } = parse(call.body) as Json & { script_name: string };
  const made = { ...consumer, consumer_id: 'c', script: script_name };
  found[1].consumers = [made];
  return success(made);
}

function answerD1({ method, body }: Call, parts: readonly string[], state: AccountState): Answer {
  const [, , which, verb] = parts;
  const show = ([name, { uuid }]: [string, { uuid: string }]) => {
    return { name, uuid, version: 'production', created_at: CREATED, created_in_region: 'WEUR' };
  };
  if (which === undefined && method === 'GET') {
    return success([...state.databases].map(show), onePage(state.databases.size));
  }
  if (which === undefined) {
    const { name } = parse(body) as { name: string };
    if (state.databases.has(name)) return failure(400, 7502, 'A database with that name exists');
    const uuid = `00000000-0000-4000-8000-${String(state.databases.size + 1).padStart(12, '0')}`;
    state.databases.set(name, { uuid, sqlite: new DatabaseSync(':memory:') });
    return success(show([name, { uuid }]));
  }
  const found = [...state.databases].find(([name, { uuid }]) => which === name || which === uuid);
  if (found === undefined) return failure(404, 7404, 'The database does not exist');
  if (verb === undefined) return success(show(found));
  const { sql = '' } = parse(body) as { sql?: string };
  const meta = { duration: 1, rows_read: 0, rows_written: 0 };
  try {
    return success([{ success: true, results: runSql(found[1].sqlite, sql), meta }]);
  } catch (thrown) {
    return failure(400, 7500, thrown instanceof Error ? thrown.message : String(thrown));
  }
}

/** By SQLite itself, as D1 does: what a migration says is really done. */
function runSql(sqlite: DatabaseSync, sql: string): unknown[] {
  if (/^\s*SELECT/i.test(sql)) return sqlite.prepare(sql).all();
  sqlite.exec(sql);
  return [];
}

async function answerWorkers(
  call: Call,
  parts: readonly string[],
  state: AccountState,
): Promise<Answer> {
  const [, kind, name = '', verb] = parts;
  if (kind === 'subdomain') return success({ subdomain: 'auk' });
  const worker = state.workers.get(name);
  const { method, body } = call;
  if (kind === 'workers') {
    const url = `https://${name}.auk.workers.dev`;
    return success({ name, subdomain: { enabled: false, previews_enabled: false, url } });
  }
  if (kind === 'services') {
    if (worker === undefined) return NO_WORKER();
    const script = { id: name, tag: 'tag', tags: [], last_deployed_from: 'wrangler' };
    return success({ id: name, default_environment: { environment: 'production', script } });
  }
  if (kind !== 'scripts') return undefined;
  if (verb === undefined && method === 'PUT') return upload(call, name, state, 100);
  // Whatever files there are, the account has them.
  if (verb === 'assets-upload-session') return success({ jwt: 'e30.e30.e30', buckets: [] });
  if (worker === undefined) return NO_WORKER();
  switch (verb) {
    case 'versions':
      if (method === 'POST') return upload(call, name, state, 0);
      return answerVersions(worker, parts[4]);
    case 'deployments':
      if (method === 'POST') {
        const { versions } = parse(body) as Pick<DeployedWorker, never> & {
          versions: DeployedWorker['deployment'];
        };
        worker.deployment = versions;
      }
      return success(
        method === 'POST'
          ? { id: 'deployment' }
          : { deployments: [{ id: 'd', created_on: CREATED, versions: worker.deployment }] },
      );
    case 'secrets':
      return success(
        [...worker.secrets.keys()].map((secret) => ({ name: secret, type: 'secret_text' })),
      );
    case 'settings':
    case 'script-settings':
      return success({ bindings: [], tags: [] });
    case 'subdomain':
      return success({ enabled: true, previews_enabled: false });
    case 'schedules':
      worker.crons = JSON.parse(new TextDecoder().decode(body)) as Json[];
      return success({});
  }
  return undefined;
}

function answerVersions({ versions }: DeployedWorker, id: string | undefined): Response {
  const shown = versions.map((version, i) => ({
    id: version.id,
    number: i + 1,
    metadata: { created_on: CREATED, author_email: 'alca@auk.example', source: 'wrangler' },
    resources: { bindings: [], script: {}, script_runtime: {} },
    annotations: {},
  }));
  if (id === undefined) return success({ items: shown });
  return success(shown.find((version) => version.id === id));
}

/** Modules and metadata as wrangler sends them; the secrets that come along are kept. */
async function upload(
  { body, type }: Call,
  name: string,
  { workers }: AccountState,
  percentage: 0 | 100,
): Promise<Response> {
  const form = await new Response(body, { headers: { 'content-type': type } }).formData();
  const metadata = JSON.parse(String(form.get('metadata'))) as Json;
  const worker = workers.get(name) ?? newWorker();
  workers.set(name, worker);
  const number = String(worker.versions.length + 1).padStart(12, '0');
  const id = `00000000-0000-4000-9000-${number}`;
  worker.versions.push({ id, metadata });
  for (const binding of (metadata.bindings ?? []) as Json[]) {
    if (binding.type === 'secret_text') worker.secrets.set(`${binding.name}`, `${binding.text}`);
  }
  if (percentage === 100) worker.deployment = [{ version_id: id, percentage }];
  const script = { etag: 'etag' };
  const more = { id, deployment_id: id.replaceAll('-', ''), startup_time_ms: 12 };
  return success({ ...more, metadata: { has_preview: false }, resources: { script } });
}

function newWorker(): DeployedWorker {
  return { versions: [], secrets: new Map(), deployment: [], crons: [] };
}

function parse(body: Uint8Array): Json {
  return JSON.parse(new TextDecoder().decode(body)) as Json;
}
