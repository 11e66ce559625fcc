import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getPlatformProxy, unstable_splitSqlQuery as splitSql } from 'wrangler';

/** What is asked of D1 here. */
export interface Database {
  prepare(sql: string): Statement;
  batch(statements: Statement[]): Promise<unknown>;
}

interface Statement {
  bind(...values: unknown[]): Statement;
  all<T>(): Promise<{ results: T[] }>;
  run(): Promise<unknown>;
}

const MIGRATIONS = 'migrations';
/** Written last, beside workerd's state: a second start opens no database to find out. */
const STAMP = 'migrated.json';

/** Brings the local job table up to date, for `npm start`. */
export async function migrateLocal(configPath: string, persistPath: string): Promise<void> {
  const state = join(persistPath, 'v3');
  const stamp = `${JSON.stringify(listMigrations(MIGRATIONS))}\n`;
  const path = join(state, STAMP);
  const known = existsSync(join(state, 'd1')) && existsSync(path);
  if (known && readFileSync(path, 'utf8') === stamp) return;
  const { env, dispose } = await getPlatformProxy<{ DB: Database }>({
    configPath,
    persist: { path: state },
  });
  try {
    await applyMigrations(env.DB, MIGRATIONS);
    writeFileSync(path, stamp);
  } finally {
    await dispose();
  }
}

/** Names of the migrations of a folder, in their order. */
export function listMigrations(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort();
}

/**
 * Applies what a database lacks, each migration in one transaction, noted in the table that
 * `wrangler d1 migrations` keeps: the two may take turns. (That command takes 5 s on a laptop.)
 */
export async function applyMigrations(db: Database, folder: string): Promise<readonly string[]> {
  await db.prepare(TABLE).run();
  const { results } = await db.prepare('SELECT name FROM d1_migrations').all<{ name: string }>();
  const applied = new Set(results.map(({ name }) => name));
  const lacking = listMigrations(folder).filter((name) => !applied.has(name));
  for (const name of lacking) {
    const statements = splitSql(readFileSync(join(folder, name), 'utf8'));
    await db.batch([
      ...statements.map((sql) => db.prepare(sql)),
      db.prepare('INSERT INTO d1_migrations (name) VALUES (?1)').bind(name),
    ]);
  }
  return lacking;
}

/** As wrangler makes it. */
const TABLE = `CREATE TABLE IF NOT EXISTS d1_migrations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`;
