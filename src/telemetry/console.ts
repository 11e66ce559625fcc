import type { LogLevel, Telemetry } from './telemetry.ts';

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** One JSON line an event, which Workers Logs takes apart by itself. The one user of `console`. */
export function createConsoleTelemetry(levelMin: LogLevel): Telemetry {
  return {
    log(level, event, fields) {
      if (RANK[level] < RANK[levelMin]) return;
      const line = JSON.stringify({ level, event, ...fields });
      if (level === 'error') console.error(line);
      else if (level === 'warn') console.warn(line);
      else console.log(line);
    },
    count(name, labels) {
      if (RANK.debug < RANK[levelMin]) return;
      console.log(JSON.stringify({ level: 'debug', event: 'count', name, ...labels }));
    },
  };
}
