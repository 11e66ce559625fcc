import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrateLocal } from '../../scripts/migrate.ts';
import { seedModels } from '../../scripts/seed.ts';
import { type Server, startServer } from '../../scripts/serve.ts';
import { ROOT, readCard, SMALL_MODEL } from './workers.ts';

/**
 * The whole Worker in a workerd of its own, as `npm start` runs it: it opens its sockets itself, it
 * can be killed, and its state stays. Its clock is set by PUT /test/clock.
 */
export interface ClockedWorker {
  start(): Promise<Server>;
  /** Deletes the state. */
  remove(): void;
}

export async function makeClockedWorker(
  vars: Readonly<Record<string, string>>,
): Promise<ClockedWorker> {
  const folder = mkdtempSync(join(tmpdir(), 'razorbill-clocked-'));
  const configPath = writeConfig(folder);
  const state = join(folder, 'state');
  const modelsDir = linkSmallModel(folder);
  await seedModels({ configPath, persistPath: state, modelsDir });
  await migrateLocal(configPath, state);
  return {
    start() {
      const all = { DEFAULT_MODEL: SMALL_MODEL, ...vars };
      return startServer({ port: 0, state, configPath, killable: true, vars: all });
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The deployed Worker's own configuration, with the clock around its entry. */
function writeConfig(folder: string): string {
  const absolute = (file: string) => JSON.stringify(join(ROOT, file));
  const text = readFileSync(join(ROOT, 'wrangler.toml'), 'utf8')
    .replace(/^main = .*$/m, `main = ${absolute('test/worker/clock/worker.ts')}`)
    .replace(/^directory = .*$/m, `directory = ${absolute('build/site')}`)
    .replace(/^migrations_dir = .*$/m, `migrations_dir = ${absolute('migrations')}`)
    .replace(/^\[build\]$/m, `[build]\ncwd = ${absolute('.')}`);
  const path = join(folder, 'wrangler.toml');
  writeFileSync(path, text);
  return path;
}

/** The large model would be most of a test's start. */
function linkSmallModel(folder: string): string {
  const models = join(folder, 'models');
  mkdirSync(join(models, 'labels'), { recursive: true });
  const files = [
    `${SMALL_MODEL}.json`,
    `${SMALL_MODEL}.onnx`,
    `labels/${readCard(SMALL_MODEL).labels}.json`,
  ];
  for (const file of files) symlinkSync(join(ROOT, 'models', file), join(models, file));
  return models;
}
