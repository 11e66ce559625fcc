import { fail, ok, type Result } from '../../src/result.ts';
import { UPLOAD_BYTES_MAX } from '../workerd/bundle-budget.ts';
import { type DeployFailure, said } from './failure.ts';
import { ORT_UPLOAD_BYTES_MAX } from './limits.ts';
import { type BundleSize, readSize } from './outputs.ts';
import type { RunWrangler } from './run-wrangler.ts';
import { MAIN_CONFIG, ORT_CONFIG, type Target } from './target.ts';

export interface Bundle extends BundleSize {
  readonly worker: string;
  readonly budget: string;
}

/** Builds both Workers without sending anything, and holds them against their budgets. */
export async function checkBundles(
  { environment, worker, ortWorker }: Target,
  wrangler: RunWrangler,
): Promise<Result<readonly Bundle[], DeployFailure>> {
  const bundles: Bundle[] = [];
  for (const config of [ORT_CONFIG, MAIN_CONFIG]) {
    const args = ['deploy', '--dry-run', '-c', config, '--env', environment];
    const ran = await wrangler(args);
    const size = readSize(ran.output);
    if (ran.status !== 0 || size === undefined) {
      const command = `wrangler ${args.join(' ')}`;
      return fail({ code: 'wrangler_failed', command, said: said(ran) });
    }
    const isOrt = config === ORT_CONFIG;
    // The main one's gzipped modules are what the tests hold too; the other's size is the library.
    const [bytes, bytesMax] = isOrt
      ? [size.rawBytes, ORT_UPLOAD_BYTES_MAX]
      : [size.gzipBytes, UPLOAD_BYTES_MAX];
    if (bytes > bytesMax) return fail({ code: 'bundle_too_large', bytes, bytesMax });
    const budget = `${kB(bytesMax)} ${isOrt ? 'raw' : 'gzipped'}`;
    bundles.push({ ...size, worker: isOrt ? ortWorker : worker, budget });
  }
  return ok(bundles);
}

export function showBundles(bundles: readonly Bundle[]): string {
  return bundles
    .map(({ worker, rawBytes, gzipBytes, budget }) => {
      return `${worker}: ${kB(rawBytes)}, gzipped ${kB(gzipBytes)}, budget ${budget}`;
    })
    .join('\n');
}

function kB(bytes: number): string {
  return `${Math.round(bytes / 1000).toLocaleString('en-US')} kB`;
}
