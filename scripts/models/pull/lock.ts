import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { fail, type Result } from '../../../src/result.ts';
import { lockPollMs, lockWaitMsMax } from './limits.ts';

/** Another run holds this file. */
export type LockFailure = {
  readonly code: 'busy';
  readonly lock: string;
  readonly waitedMs: number;
};

/**
 * Does the work while no other run, of this process or another, holds the lock of that path.
 * An empty SQLite file carries it: its locks are the operating system's, so that they end with
 * their process, however it ends, and nobody has to judge whether a leftover file is stale.
 */
export async function withLock<T, F>(
  path: string,
  work: () => Promise<Result<T, F>>,
  waitMsMax: number = lockWaitMsMax,
): Promise<Result<T, F | LockFailure>> {
  const lock = `${path}.lock`;
  mkdirSync(dirname(lock), { recursive: true });
  let waitedMs = 0;
  let held = tryLock(lock);
  while (held === undefined) {
    if (waitedMs >= waitMsMax) return fail({ code: 'busy', lock, waitedMs });
    await sleep(lockPollMs);
    waitedMs += lockPollMs;
    held = tryLock(lock);
  }
  try {
    return await work();
  } finally {
    held.close();
  }
}

function tryLock(file: string): DatabaseSync | undefined {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (thrown) {
    database.close();
    if (isBusy(thrown)) return undefined;
    throw thrown;
  }
}

/** SQLITE_BUSY; https://sqlite.org/rescode.html */
function isBusy(thrown: unknown): boolean {
  return thrown instanceof Error && 'errcode' in thrown && thrown.errcode === 5;
}
