import { applyD1Migrations } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { createD1Jobs } from '../../src/webhook/jobs/d1.ts';
import type { JobStore } from '../../src/webhook/jobs/store.ts';

interface JobBindings {
  readonly DB: D1Database;
  readonly MIGRATIONS: Parameters<typeof applyD1Migrations>[1];
}

/** A real job table; each test file has its own. */
export async function makeJobTable(): Promise<{
  readonly store: JobStore;
  readonly db: D1Database;
}> {
  const { DB: db, MIGRATIONS } = env as unknown as JobBindings;
  await applyD1Migrations(db, MIGRATIONS);
  return { store: createD1Jobs(db), db };
}
