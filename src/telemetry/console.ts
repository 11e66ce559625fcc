import { FIELD_CHARS_MAX } from './limits.ts';
import type { LogFields, LogLevel, Telemetry } from './telemetry.ts';

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/**
 * One JSON line an event, which Workers Logs takes apart by itself. The one user of `console`.
 * Metrics are lines of level debug here: a sink that adds them up is the place to read them.
 */
export function createConsoleTelemetry(levelMin: LogLevel): Telemetry {
  function write(level: LogLevel, event: string, fields: LogFields): void {
    if (RANK[level] < RANK[levelMin]) return;
    const own = { level, event };
    // Named first, so that a reader finds them; named last, so that no field takes their place.
    const line = JSON.stringify({ ...own, ...toSafe(fields), ...own });
    if (level === 'error') console.error(line);
    else if (level === 'warn') console.warn(line);
    else console.log(line);
  }

  return {
    log: write,
    count: (name, labels) => write('debug', 'count', { ...labels, name }),
    observe: (name, value, labels) => write('debug', 'observe', { ...labels, name, value }),
  };
}

/** A URL up to its query. Queries and fragments hold signatures and tokens. */
const URL_WITH_QUERY = /(\bhttps?:\/\/[^\s?#"']*)[?#][^\s"']*/gi;

/** No text without end, and no secret that a message quotes out of somebody's URL. */
function toSafe(fields: LogFields): LogFields {
  const safe: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(fields)) {
    safe[name] =
      typeof value === 'string'
        ? value.slice(0, FIELD_CHARS_MAX).replace(URL_WITH_QUERY, '$1')
        : value;
  }
  return safe;
}
