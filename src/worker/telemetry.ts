import type { Env } from '../config.ts';
import { createAnalyticsTelemetry } from '../telemetry/analytics.ts';
import { createConsoleTelemetry } from '../telemetry/console.ts';
import { createFanOut } from '../telemetry/fan-out.ts';
import type { LogLevel, Telemetry } from '../telemetry/telemetry.ts';

/** Log lines, and data points where a dataset is bound. */
export function wireTelemetry(
  { ANALYTICS: dataset, VERSION: version }: Env,
  levelMin: LogLevel,
  clock: () => number,
): Telemetry {
  const lines = createConsoleTelemetry(levelMin);
  if (dataset === undefined) return lines;
  let told = false;
  const points = createAnalyticsTelemetry({
    dataset,
    version: version?.id ?? '',
    clock,
    onFailure(reason) {
      lines.count('analytics_failures');
      // Once an isolate: the requests themselves are well, and their lines are to be found.
      if (!told) lines.log('warn', 'analytics_failed', { reason });
      told = true;
    },
  });
  return createFanOut([lines, points]);
}
