import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seedModels } from '../seed.ts';

/** A folder for one run's state and bundles, and the models of `modelsDir` in its bucket. */
export async function withState<T>(
  modelsDir: (folder: string) => Promise<string>,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'razorbill-'));
  try {
    const dir = await modelsDir(folder);
    await seedModels({ configPath: 'wrangler.toml', persistPath: folder, modelsDir: dir });
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
