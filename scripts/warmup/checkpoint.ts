import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fail, ok, type Result } from '../../src/result.ts';
import { PAGE_OF_ITEMS } from './limits.ts';
import type { Place } from './place.ts';

/** A picture of this run, and the graphs that it was not yet answered by. */
export interface Item {
  readonly id: number;
  readonly place: Place;
}

export type CheckpointFailure =
  | { readonly code: 'bad_checkpoint'; readonly path: string; readonly why: string }
  | {
      readonly code: 'checkpoint_of_another_service';
      readonly path: string;
      readonly service: string;
    };

/**
 * What a run has to do and what of it is done, in an SQLite file: a commit is atomic, and stays
 * when the process is killed the moment after. A picture is done for a graph, not for a name, so
 * that a newly published model is asked.
 */
export interface Checkpoint {
  /** False for a picture that is there already. */
  add(place: Place): boolean;
  count(): number;
  /** Pictures after `afterId`, in the order they were found. */
  page(afterId: number): readonly Item[];
  isDone(item: number, graph: string): boolean;
  countDone(graph: string): number;
  note(item: number, graph: string, outcome: string): void;
  /** The picture's digest, for what is published of this run. */
  noteDigest(item: number, sha256: string): void;
  digests(): ReadonlyArray<{ readonly url: string; readonly sha256: string }>;
  /** All that the work adds is one commit: a million of them would take as many. */
  inOneCommit(work: () => Promise<void>): Promise<void>;
  close(): void;
}

const VERSION = '1';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS facts(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS items(
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, at TEXT NOT NULL,
    sha256 TEXT);
  CREATE TABLE IF NOT EXISTS done(
    item INTEGER NOT NULL, graph TEXT NOT NULL, outcome TEXT NOT NULL,
    PRIMARY KEY(item, graph)) WITHOUT ROWID;
`;

/** `:memory:` keeps nothing. */
export function openCheckpoint(
  path: string,
  service: string,
): Result<Checkpoint, CheckpointFailure> {
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
    const database = new DatabaseSync(path);
    // A killed process leaves its commits to the system; only a power cut may take the last ones.
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; ${SCHEMA}`);
    const put = database.prepare('INSERT OR IGNORE INTO facts VALUES (?, ?)');
    put.run('version', VERSION);
    put.run('service', service);
    const facts = new Map(
      database
        .prepare('SELECT name, value FROM facts')
        .all()
        .map(({ name, value }) => [String(name), String(value)]),
    );
    const bad = judge(path, facts, service);
    if (bad === undefined) return ok(createCheckpoint(database));
    database.close();
    return fail(bad);
  } catch (thrown) {
    return fail({ code: 'bad_checkpoint', path, why: String(thrown) });
  }
}

function judge(
  path: string,
  facts: ReadonlyMap<string, string>,
  service: string,
): CheckpointFailure | undefined {
  const [version, before = ''] = [facts.get('version'), facts.get('service')];
  if (version !== VERSION) return { code: 'bad_checkpoint', path, why: `version ${version}` };
  if (before !== service) return { code: 'checkpoint_of_another_service', path, service: before };
  return undefined;
}

function createCheckpoint(database: DatabaseSync): Checkpoint {
  const insert = database.prepare('INSERT OR IGNORE INTO items(key, kind, at) VALUES (?, ?, ?)');
  const page = database.prepare(
    'SELECT id, key, kind, at FROM items WHERE id > ? ORDER BY id LIMIT ?',
  );
  const done = database.prepare('SELECT 1 FROM done WHERE item = ? AND graph = ?');
  const countDone = database.prepare('SELECT count(*) AS n FROM done WHERE graph = ?');
  const count = database.prepare('SELECT count(*) AS n FROM items');
  const note = database.prepare('INSERT OR REPLACE INTO done VALUES (?, ?, ?)');
  const digest = database.prepare('UPDATE items SET sha256 = ? WHERE id = ?');
  const digests = database.prepare(
    "SELECT at, sha256 FROM items WHERE kind = 'url' AND sha256 IS NOT NULL ORDER BY id",
  );
  return {
    add: ({ key, kind, at }) => insert.run(key, kind, at).changes === 1,
    count: () => Number(count.get()?.n),
    page: (afterId) =>
      page.all(afterId, PAGE_OF_ITEMS).map(({ id, key, kind, at }) => ({
        id: Number(id),
        place: { key: String(key), kind: kind === 'url' ? 'url' : 'file', at: String(at) },
      })),
    isDone: (item, graph) => done.get(item, graph) !== undefined,
    countDone: (graph) => Number(countDone.get(graph)?.n),
    note: (item, graph, outcome) => void note.run(item, graph, outcome),
    noteDigest: (item, sha256) => void digest.run(sha256, item),
    digests: () =>
      digests.all().map(({ at, sha256 }) => ({ url: String(at), sha256: String(sha256) })),
    async inOneCommit(work) {
      database.exec('BEGIN');
      await work();
      database.exec('COMMIT');
    },
    close: () => database.close(),
  };
}
