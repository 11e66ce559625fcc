// A process of its own, so that its peak memory is that of reading these files:
// node --permission --allow-fs-read=* load-files.ts < paths, one a line.
import { readFileSync } from 'node:fs';
import { loadFloatModel } from '../commands/float-model.ts';

const paths = readFileSync(0, 'utf8').split('\n').filter(Boolean);
const baselineBytes = peakBytes();
for (const path of paths) {
  const loaded = await loadFloatModel(path, { style: 'pytorch' }).catch((error: Error) => ({
    ok: false as const,
    failure: { code: 'thrown', message: error.message },
  }));
  console.log(JSON.stringify({ path, failure: loaded.ok ? null : loaded.failure }));
}
console.log(JSON.stringify({ baselineBytes, peakBytes: peakBytes() }));

/** The most that was resident at any time; Node gives KiB. */
function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}
