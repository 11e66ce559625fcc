import { describe, expect, it } from 'vitest';
import { CONCURRENCY_MAX, MODELS_MAX, RATE_MAX, SOURCES_MAX } from './limits.ts';
import { readSettings, type Settings } from './settings.ts';

const URL = ['--url', 'https://service.example.com/'];

function read(args: readonly string[], env: Record<string, string> = {}): Settings {
  const settings = readSettings([...URL, ...args], env);
  if (!settings.ok || settings.value === 'help')
    return expect.unreachable(JSON.stringify(settings));
  return settings.value;
}

function refusal(args: readonly string[]): string {
  const settings = readSettings([...URL, ...args], {});
  return settings.ok ? expect.unreachable() : settings.failure.message;
}

describe('settings of a warm-up', () => {
  it('are few, with defaults', () => {
    expect(read(['photos'])).toMatchObject({
      ...{ url: 'https://service.example.com', key: undefined, models: [], sources: ['photos'] },
      ...{ concurrency: 8, rate: 50, bytesMax: Infinity, msMax: Infinity, dryRun: false },
      fields: ['url', 'path'],
    });
  });

  it('take the key from the environment, or from the command line before it', () => {
    expect(read(['-'], { RAZORBILL_KEY: 'a' }).key).toBe('a');
    expect(read(['--key', 'b', '-'], { RAZORBILL_KEY: 'a' }).key).toBe('b');
  });

  it('name a model once, however often it is said', () => {
    expect(read(['--model', 'a', '--model', 'b', '--model', 'a', 'x']).models).toEqual(['a', 'b']);
  });

  it.each([
    ['500MB', 500e6],
    ['2GiB', 2 ** 31],
    ['1.5kB', 1500],
    ['1234', 1234],
  ])('read the size %s', (text, bytes) => {
    expect(read(['--max-bytes', text, 'x']).bytesMax).toBe(bytes);
  });

  it.each([
    ['90s', 90_000],
    ['10m', 600_000],
    ['1.5h', 5_400_000],
  ])('read the time %s', (text, ms) => {
    expect(read(['--max-time', text, 'x']).msMax).toBe(ms);
  });

  it.each([
    ['--concurrency', CONCURRENCY_MAX],
    ['--rate', RATE_MAX],
  ])('%s goes up to %i', (option, max) => {
    expect(read([option, `${max}`, 'x'])).toBeDefined();
    expect(refusal([option, `${max + 1}`, 'x'])).toContain(option);
    expect(refusal([option, '0', 'x'])).toContain(option);
  });

  it('take so many models and sources, and no more', () => {
    const models = (n: number) => Array.from({ length: n }, (_, i) => ['--model', `m${i}`]).flat();
    expect(read([...models(MODELS_MAX), 'x']).models).toHaveLength(MODELS_MAX);
    expect(refusal([...models(MODELS_MAX + 1), 'x'])).toContain('--model');
    expect(read(Array(SOURCES_MAX).fill('x')).sources).toHaveLength(SOURCES_MAX);
    expect(refusal(Array(SOURCES_MAX + 1).fill('x'))).toContain('sources');
  });

  it.each([
    [['--max-bytes', '3XB', 'x'], '--max-bytes'],
    [['--max-time', '5d', 'x'], '--max-time'],
    [['--max-requests', '1.5', 'x'], '--max-requests'],
    [['--base', 'nowhere', 'x'], '--base'],
    [['--publish-list', 'mars', 'x'], '--publish-list'],
    [['--unheard-of', 'x'], '--unheard-of'],
  ])('refuse %j', (args, option) => {
    expect(refusal(args)).toContain(option);
  });
});
