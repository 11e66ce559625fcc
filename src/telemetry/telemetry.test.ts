import { afterEach, describe, expect, it, vi } from 'vitest';
import { createConsoleTelemetry } from './console.ts';
import { createMemoryTelemetry } from './memory.ts';
import { childTrace } from './trace.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const ones = (bytes: Uint8Array) => void bytes.fill(0x11);

describe('a trace', () => {
  it.each([
    ['a sampled parent', `00-${TRACE}-00f067aa0ba902b7-01`, '01'],
    ['one that is not sampled', `00-${TRACE}-00f067aa0ba902b7-00`, '00'],
    ['a version of tomorrow', `01-${TRACE}-00f067aa0ba902b7-01-more`, '01'],
  ])('continues %s', (_name, header, flags) => {
    expect(childTrace(header, ones)).toEqual({
      traceId: TRACE,
      traceparent: `00-${TRACE}-1111111111111111-${flags}`,
    });
  });

  it.each([
    ['no header', undefined],
    ['version ff', `ff-${TRACE}-00f067aa0ba902b7-01`],
    ['version 00 with more behind it', `00-${TRACE}-00f067aa0ba902b7-01-more`],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`],
    ['a parent id of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['upper case', `00-${TRACE.toUpperCase()}-00f067aa0ba902b7-01`],
    ['nonsense', 'x'],
  ])('starts anew on %s', (_name, header) => {
    expect(childTrace(header, ones).traceparent).toBe(`00-${'11'.repeat(16)}-${'11'.repeat(8)}-00`);
  });

  it('never draws an id of zeros', () => {
    expect(childTrace(undefined, () => undefined).traceId).toBe(`01${'0'.repeat(30)}`);
  });
});

describe('telemetry on the console', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('writes one JSON line an event, to the stream of its level', () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    createConsoleTelemetry('info').log('error', 'bug', { at: 3 });
    expect(error.mock.calls).toEqual([['{"level":"error","event":"bug","at":3}']]);
  });

  it('is silent below its level', () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const telemetry = createConsoleTelemetry('warn');
    telemetry.log('info', 'request', {});
    telemetry.count('hits');
    expect(log).not.toHaveBeenCalled();
  });
});

describe('telemetry in memory', () => {
  it('keeps lines and counts', () => {
    const telemetry = createMemoryTelemetry();
    telemetry.log('warn', 'slow', { ms: 3 });
    telemetry.count('hits');
    telemetry.count('hits');
    expect(telemetry.lines).toEqual([{ level: 'warn', event: 'slow', fields: { ms: 3 } }]);
    expect([telemetry.counted('hits'), telemetry.counted('misses')]).toEqual([2, 0]);
  });
});
