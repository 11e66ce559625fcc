import type { LogFields, LogLevel, Telemetry } from '../../src/telemetry/telemetry.ts';

export interface MemoryTelemetry extends Telemetry {
  readonly lines: ReadonlyArray<{ level: LogLevel; event: string; fields: LogFields }>;
  counted(name: string): number;
  observed(name: string): readonly number[];
}

/** Keeps what it is told, for tests to ask. */
export function createMemoryTelemetry(): MemoryTelemetry {
  const lines: Array<{ level: LogLevel; event: string; fields: LogFields }> = [];
  const counts = new Map<string, number>();
  const values = new Map<string, number[]>();
  return {
    lines,
    log: (level, event, fields) => void lines.push({ level, event, fields }),
    count: (name) => void counts.set(name, (counts.get(name) ?? 0) + 1),
    observe: (name, value) => void values.set(name, [...(values.get(name) ?? []), value]),
    counted: (name) => counts.get(name) ?? 0,
    observed: (name) => values.get(name) ?? [],
  };
}
