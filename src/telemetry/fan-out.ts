import type { Telemetry } from './telemetry.ts';

/** Tells every sink, in their order. */
export function createFanOut(sinks: readonly Telemetry[]): Telemetry {
  return {
    log(level, event, fields) {
      for (const sink of sinks) sink.log(level, event, fields);
    },
    count(name, labels) {
      for (const sink of sinks) sink.count(name, labels);
    },
    observe(name, value, labels) {
      for (const sink of sinks) sink.observe(name, value, labels);
    },
  };
}
