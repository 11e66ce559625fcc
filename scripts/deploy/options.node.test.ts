import { describe, expect, it } from 'vitest';
import { parseCommandLine } from './options.ts';

const read = (line: string) => parseCommandLine(line.split(' ').filter((word) => word !== ''));

describe('the command line', () => {
  it('deploys to production, and asks first, unless it says otherwise', () => {
    expect(read('')).toEqual({
      ok: true,
      value: {
        ...{ environment: 'production', yes: false, help: false, dryRun: false },
        ...{ sendSecrets: false, pushModels: false },
      },
    });
    expect(read('--env staging --yes --gradual 10 --url https://auk.example.com')).toMatchObject({
      value: { environment: 'staging', yes: true, gradual: 10, url: 'https://auk.example.com' },
    });
  });

  it.each([
    ['--gradual 0', '--gradual'],
    ['--gradual 100', '--gradual'],
    ['--gradual 1.5', '--gradual'],
    ['--gradual ten', '--gradual'],
    ['--gradual 5 --domain auk.example.com', '--domain'],
    ['--domain https://auk.example.com', '--domain'],
    ['--domain localhost', '--domain'],
    ['--url http://auk.example.com', '--url'],
    ['--url https://auk.example.com/v1', '--url'],
    ['--url auk.example.com', '--url'],
    ['--dryrun', 'options'],
    ['staging', 'options'],
  ])('refuses %s, and says what to write', (line, option) => {
    expect(read(line)).toMatchObject({ ok: false, failure: { code: 'bad_option', option } });
  });

  it.each(['--gradual 1', '--gradual 99', '--url http://127.0.0.1:8787', '--domain auk.example'])(
    'takes %s',
    (line) => {
      expect(read(line).ok).toBe(true);
    },
  );
});
