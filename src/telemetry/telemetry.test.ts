import { afterEach, describe, expect, it, vi } from 'vitest';
import { createMemoryTelemetry } from '../../test/worker/memory-telemetry.ts';
import { createConsoleTelemetry } from './console.ts';
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

  it.each([
    ['a query', 'at https://a.example/x.png?sig=SECRET, twice', 'at https://a.example/x.png twice'],
    ['a fragment', '"https://a.example/#SECRET"', '"https://a.example/"'],
    [
      'many',
      'http://a.example?SECRET http://b.example/?SECRET',
      'http://a.example http://b.example/',
    ],
    ['no URL', 'really? yes #1', 'really? yes #1'],
  ])('keeps from its lines what URLs hold in %s', (_name, text, kept) => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    createConsoleTelemetry('info').log('info', 'seen', { text });
    expect(log.mock.calls).toEqual([
      [JSON.stringify({ level: 'info', event: 'seen', text: kept })],
    ]);
  });

  it('cuts a text without end', () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const telemetry = createConsoleTelemetry('info');
    for (const chars of [4096, 4097]) telemetry.log('info', 'seen', { text: 'x'.repeat(chars) });
    const lengths = log.mock.calls.map(([line]) => JSON.parse(String(line)).text.length);
    expect(lengths).toEqual([4096, 4096]);
  });

  it('lets no field take the place of its own', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    createConsoleTelemetry('info').log('warn', 'slow', { level: 'info', event: 'x', ms: 1 });
    expect(warn.mock.calls).toEqual([['{"level":"warn","event":"slow","ms":1}']]);
  });

  it('writes metrics for those who debug', () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const telemetry = createConsoleTelemetry('debug');
    telemetry.count('hits', { tier: 'isolate' });
    telemetry.observe('picture_bytes', 7);
    expect(log.mock.calls).toEqual([
      ['{"level":"debug","event":"count","tier":"isolate","name":"hits"}'],
      ['{"level":"debug","event":"observe","name":"picture_bytes","value":7}'],
    ]);
  });

  it('is silent below its level', () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const telemetry = createConsoleTelemetry('warn');
    telemetry.log('info', 'request', {});
    telemetry.count('hits');
    telemetry.observe('ms', 1);
    expect(log).not.toHaveBeenCalled();
  });
});

describe('telemetry in memory', () => {
  it('keeps lines, counts and values', () => {
    const telemetry = createMemoryTelemetry();
    telemetry.log('warn', 'slow', { ms: 3 });
    telemetry.count('hits');
    telemetry.count('hits');
    telemetry.observe('ms', 3);
    expect([telemetry.observed('ms'), telemetry.observed('none')]).toEqual([[3], []]);
    expect(telemetry.lines).toEqual([{ level: 'warn', event: 'slow', fields: { ms: 3 } }]);
    expect([telemetry.counted('hits'), telemetry.counted('misses')]).toEqual([2, 0]);
  });
});
