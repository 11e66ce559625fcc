import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';

const ROOT = join(import.meta.dirname, '../..');
const WRANGLER = join(ROOT, 'node_modules/wrangler/bin/wrangler.js');

export interface RoomWorker {
  /** POSTs JSON to the room's caller and answers its JSON. */
  ask(path: string, body: unknown): Promise<unknown>;
  close(): Promise<void>;
}

/**
 * One room inside workerd, behind `test/worker/<room>/caller.ts`. Miniflare alone lets its Worker
 * open sockets itself; the harness of wrangler sends its requests through Node, whose fetch is
 * another one.
 */
export async function startRoomWorker(room: string): Promise<RoomWorker> {
  const folder = await mkdtemp(join(tmpdir(), `razorbill-${room}-`));
  const config = join(ROOT, `test/worker/${room}/wrangler.toml`);
  const build = [WRANGLER, 'deploy', '--dry-run', '--config', config, '--outdir', folder];
  const env = { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_WRITE_LOGS: 'false' };
  await promisify(execFile)(process.execPath, build, { env, timeout: 60_000 });
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      // No sample of `Request.cf` from the internet.
      cf: false,
      modulesRoot: folder,
      scriptPath: join(folder, 'caller.js'),
      compatibilityDate: '2026-10-01',
    }),
  );
  await miniflare.ready;
  return {
    async ask(path, body) {
      const init = { method: 'POST', body: JSON.stringify(body) };
      const response = await miniflare.dispatchFetch(`http://${room}.example${path}`, init);
      return response.json();
    },
    async close() {
      await miniflare.dispose();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
