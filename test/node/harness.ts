import { fileURLToPath } from 'node:url';
import { createTestHarness, type TestHarness } from 'wrangler';

const ROOT = new URL('../../', import.meta.url);

/** The Worker that runs ONNX Runtime: whoever binds it has it started beside. */
export const ORT_CONFIG = 'src/engine/ort/wrangler.toml';

/**
 * Starts real Workers in one workerd; requests go to the first. Paths are relative to the
 * repository's root. The caller must `close` it.
 */
export async function startWorkers(configPaths: readonly string[]): Promise<TestHarness> {
  // Offline and quiet: wrangler would ask Cloudflare for a sample of `Request.cf`.
  process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false';
  process.env.WRANGLER_SEND_METRICS = 'false';
  process.env.WRANGLER_WRITE_LOGS = 'false';
  const workers = configPaths.map((path) => ({ configPath: fileURLToPath(new URL(path, ROOT)) }));
  const harness = createTestHarness({ workers });
  await harness.listen();
  return harness;
}
