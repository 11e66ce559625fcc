import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseSources } from '../../src/webhook/source.ts';
import { SCHEMES } from '../../src/webhook/verify/keys.ts';
import { readSample, type Service, startService } from '../../test/node/workers.ts';
import { DEMO_ORIGINS, DEMO_SETTING, keepDemoSecrets, readDemoSecrets } from './demo.ts';
import { formatSavedRequest, parseSavedRequest } from './saved-request.ts';
import { signRequest } from './sign-request.ts';
import { judge } from './verify.ts';

const ROOT = join(import.meta.dirname, '../..');
const SECRET = 'whsec_xT6a9H+n+sTHVo6PO/f3plPyjn4wlWqHsIi3XzsukAk=';
const NOW = 1_700_000_000;

const folder = mkdtempSync(join(tmpdir(), 'razorbill-webhook-'));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill();
  rmSync(folder, { recursive: true });
});

const commandLine = (args: readonly string[]) => [
  '--disable-warning=ExperimentalWarning',
  join(ROOT, 'scripts/webhook.ts'),
  ...args,
];

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const options = { cwd: ROOT, env: { ...process.env, ...env, INVOKED_FROM: folder } };
  return new Promise((ended) => {
    execFile(process.execPath, commandLine(args), options, (error, stdout, stderr) => {
      ended({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

describe('a signed event', () => {
  it.each(SCHEMES)('of scheme %s is one that the service accepts', async (scheme) => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (bytes) => {
        const body = new Uint8Array(bytes);
        const secret = scheme === 'bearer' ? 'a-token-that-is-long-enough' : SECRET;
        const message = { id: 'msg_1', timestampSeconds: NOW, body };
        const headers = Object.entries(await signRequest(scheme, secret, message));
        expect(await judge(scheme, [secret], { headers, body }, NOW)).toBe('ok: secret 1 of 1');
        if (scheme === 'bearer') return;
        const other = { headers, body: Uint8Array.of(...body, 0) };
        expect(await judge(scheme, [secret], other, NOW)).toBe('refused: signature_mismatch');
      }),
      { numRuns: 20 },
    );
  });
});

describe('a saved request', () => {
  it('is read as it was written, whatever bytes its body has', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const request = {
          headers: [['Webhook-Id', 'a'] as const, ['x', 'a:b'] as const],
          body: new Uint8Array(bytes),
        };
        const parsed = parseSavedRequest(formatSavedRequest('/hook', request));
        expect(parsed.body).toEqual(request.body);
        expect(parsed.headers.map(([name, value]) => [name, value.trim()])).toEqual(
          request.headers.map(([...field]) => field),
        );
      }),
    );
  });

  it('may have no request line, and lines of any system', () => {
    const parsed = parseSavedRequest(Buffer.from('a: 1\nb: 2\n\n{"c":\n\n3}'));
    expect(parsed.headers.map(([name, value]) => [name, value.trim()])).toEqual([
      ['a', '1'],
      ['b', '2'],
    ]);
    expect(Buffer.from(parsed.body).toString()).toBe('{"c":\n\n3}');
    expect(() => parseSavedRequest(Buffer.from('a: 1'))).toThrow('no empty line');
  });
});

describe('the local source', () => {
  it('is a valid setting, with secrets that are made once', async () => {
    const state = join(folder, 'state');
    expect(readDemoSecrets(state)).toBeUndefined();
    const secrets = keepDemoSecrets(state);
    expect(keepDemoSecrets(state)).toEqual(secrets);
    expect(readDemoSecrets(state)).toEqual(secrets);
    expect(secrets.inbound).not.toBe(secrets.callback);
    const parsed = await parseSources(DEMO_SETTING, {
      readSecret: (name) => (name === 'DEMO_WEBHOOK_SECRET' ? secrets.inbound : secrets.callback),
      policy: { trustedOrigins: DEMO_ORIGINS },
    });
    expect(parsed.ok && parsed.value.get('demo')?.callback?.url).toBe('http://127.0.0.1:8789/');
  });
});

describe('npm run webhook -- send', () => {
  let service: Service;
  let server: Server;
  let picture: string;

  beforeAll(async () => {
    server = createServer((_request, response) => response.end(readSample('chelsea.png')));
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    picture = `${origin}/chelsea.png`;
    service = await startService({
      jobs: true,
      vars: { WEBHOOK_SOURCES: DEMO_SETTING, TRUSTED_ORIGINS: [origin, ...DEMO_ORIGINS].join(',') },
      secrets: { DEMO_WEBHOOK_SECRET: SECRET, DEMO_CALLBACK_SECRET: SECRET },
    });
  });
  afterAll(async () => {
    await service.close();
    server.close();
  });

  it('shows what became of a picture, and says when it was a replay', async () => {
    const args = ['send', picture, '--to', service.url, '--secret', SECRET, '--id', 'msg_1'];
    const first = await run([...args, '--asset', 'A7', '--json']);
    expect(JSON.parse(first.stdout)).toMatchObject({
      source: 'demo',
      message_id: 'msg_1',
      metadata: { asset: 'A7' },
      images: [{ reference: picture, status: 'classified', answer: { pred_class: 'cat' } }],
    });
    expect(first).toMatchObject({ code: 0, stderr: '202  msg_1\n' });
    const again = await run([...args, '--asset', 'A7']);
    expect(again.stdout).toContain('done, sent 2 times and done once\n');
    expect(again.stdout).toMatch(/cat +\d+\.\d %/);
  });

  it('is refused with the answer of the service', async () => {
    const other = `whsec_${'A'.repeat(32)}`;
    const refused = await run(['send', picture, '--to', service.url, '--secret', other]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^401 /);
    expect(JSON.parse(refused.stdout)).toMatchObject({ code: 'webhook_unauthorized' });
  });

  it.each([
    [['nothing.jpg', '--secret', SECRET], 'there is no file nothing.jpg\n'],
    [['http://a/x', '--secret', SECRET, '--to', 'http://127.0.0.1:1'], 'nobody answers at http://'],
    [['http://a/x', '--secret', SECRET, '--scheme', 'magic'], '--scheme is one of standard, '],
    [['http://a/x', '--secret', 'whsec_AAAA'], 'this secret cannot sign (secret_too_short)\n'],
    [['http://a/x'], 'no secret: run `npm start` first'],
  ])('tells the mistake in %j in one line', async (args, told) => {
    const sent = await run(['send', ...args], { RAZORBILL_STATE: join(folder, 'none') });
    expect(sent).toMatchObject({ code: 1, stdout: '' });
    expect(sent.stderr).toMatch(/^[^\n]+\n$/);
    expect(sent.stderr).toContain(told);
  });
});

describe('npm run webhook', () => {
  it('listens, receives what `callback` sends, and saves what `verify` reads', async () => {
    const args = ['listen', '--secret', SECRET, '--port', '0', '--save', 'saved', '--json'];
    const listener = spawn(process.execPath, commandLine(args), {
      cwd: ROOT,
      env: { ...process.env, INVOKED_FROM: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(listener);
    const url = await new Promise<string>((found) => {
      let text = '';
      listener.stderr.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        const [address] = /http:\/\/127\.0\.0\.1:[1-9]\d*\//.exec(text) ?? [];
        if (address !== undefined) found(address);
      });
    });
    const sent = await run(['callback', url, '--secret', SECRET]);
    expect(JSON.parse(sent.stdout)).toMatchObject({ outcome: 'delivered', status: 204 });
    expect(sent.code).toBe(0);
    const wrong = await run(['callback', url, '--secret', `whsec_${'A'.repeat(32)}`]);
    expect(JSON.parse(wrong.stdout)).toMatchObject({ cause: { code: 'bad_status', status: 401 } });
    expect(wrong.code).toBe(1);

    expect(readdirSync(join(folder, 'saved'))).toEqual(['0001.http', '0002.http']);
    const file = 'saved/0001.http';
    const good = await run(['verify', file, '--secret', SECRET]);
    expect(good).toMatchObject({ code: 0, stdout: 'ok: secret 1 of 1\n' });
    const late = await run(['verify', file, '--secret', SECRET, '--now', '4000000000']);
    expect(late).toMatchObject({ code: 1, stdout: 'refused: timestamp_too_old\n' });
    const weak = await run(['verify', file, '--secret', 'whsec_AAAA']);
    expect(weak).toMatchObject({ code: 1, stdout: 'secret 1: secret_too_short\n' });
  });

  it('reads an event by a setting, and names the mistakes of one', async () => {
    const body = Buffer.from(
      '{"data":{"asset":7,"images":[{"url":"https://a.example.com/x.jpg"}]}}',
    );
    const message = { id: 'msg_1', timestampSeconds: NOW, body };
    const headers = Object.entries(await signRequest('standard', SECRET, message));
    const saved = formatSavedRequest('/', { headers, body: new Uint8Array(body) });
    writeFileSync(join(folder, 'event.http'), saved);
    const secrets = { DEMO_WEBHOOK_SECRET: SECRET, DEMO_CALLBACK_SECRET: SECRET };
    const read = await run(['read', 'event.http', '--now', String(NOW)], secrets);
    expect(JSON.parse(read.stdout)).toMatchObject({
      source: 'demo',
      messageId: 'msg_1',
      images: [{ url: 'https://a.example.com/x.jpg' }],
      metadata: { asset: 7 },
    });
    expect(read.code).toBe(0);
    writeFileSync(join(folder, 'sources.json'), '{"cms":{"scheme":"standard","secrets":["S"]}}');
    const bad = await run(['read', 'event.http', '--sources', 'sources.json']);
    expect(bad.stderr).toContain('WEBHOOK_SOURCES.cms.images: ');
    expect(bad.code).toBe(1);
  });
});
