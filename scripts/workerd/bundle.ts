import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface BundleModule {
  readonly type: 'ESModule' | 'CompiledWasm';
  readonly path: string;
  readonly contents: string | Uint8Array<ArrayBuffer>;
}

/**
 * A Worker's modules, the entry first, exactly as `wrangler deploy` would upload them. A folder
 * that is there holds them already.
 */
export function bundleWorker(configPath: string, folder: string): readonly BundleModule[] {
  if (!existsSync(folder)) build(configPath, folder);
  const files = readdirSync(folder);
  const [entry] = files.filter((file) => file.endsWith('.js'));
  if (entry === undefined) throw new Error(`${configPath}: wrangler wrote no entry`);
  const wasm = files.filter((file) => file.endsWith('.wasm'));
  return [
    { type: 'ESModule', path: entry, contents: readFileSync(join(folder, entry), 'utf8') },
    ...wasm.map((path): BundleModule => {
      const contents = new Uint8Array(readFileSync(join(folder, path)));
      return { type: 'CompiledWasm', path, contents };
    }),
  ];
}

function build(configPath: string, folder: string): void {
  const args = ['deploy', '--dry-run', '--outdir', folder, '-c', configPath];
  const shell = process.platform === 'win32';
  const built = spawnSync('wrangler', args, { encoding: 'utf8', shell });
  if (built.status !== 0) throw new Error(`${configPath}: ${built.stdout}${built.stderr}`);
}
