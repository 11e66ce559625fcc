import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from './models/commands/paths.ts';
import { freePort, portProblem } from './port.ts';
import { startServer } from './serve.ts';

describe('npm start -- --model', () => {
  const folder = mkdtempSync(join(tmpdir(), 'razorbill-start-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  function start(...args: string[]) {
    const command = ['--disable-warning=ExperimentalWarning', join(ROOT, 'scripts/start.ts')];
    return spawnSync(process.execPath, [...command, ...args], {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, RAZORBILL_STATE: folder },
    });
  }

  it.each([
    ['resnet18_8xb32_in1k', 'npm run models -- add resnet18_8xb32_in1k'],
    [
      'birds',
      'npm run models -- add birds --from <checkpoint> --labels <file> --preprocess <library>',
    ],
  ])('prints what adds %s and ends with 2 where nobody can answer', (name, command) => {
    const { status, stdout, stderr } = start('--model', name, 'models/samples/coffee.png');
    expect(stderr).toContain(`${name} is not in the local bucket. This adds it:\n\n  ${command}\n`);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});

describe('npm start on a port where another server answers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'razorbill-busy-'));
  let other: Server;
  let port: number;

  beforeAll(async () => {
    // To whoever asks, it is as alive as we are.
    other = createServer((_request, response) => response.end('alive'));
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    ({ port } = other.address() as AddressInfo);
  });
  afterAll(() => {
    other.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('ends with 2, and names the port and the way out', async () => {
    const command = ['--disable-warning=ExperimentalWarning', join(ROOT, 'scripts/start.ts')];
    const child = spawn(process.execPath, [...command, '--port', `${port}`], { cwd: ROOT });
    let told = '';
    child.stderr.on('data', (chunk) => {
      told += chunk;
    });
    const [status] = await once(child, 'close');
    const fix = 'end what listens there, or choose another with --port';
    expect(told).toBe(`port ${port} is taken: ${fix}\n`);
    expect(status).toBe(2);
  });

  it('does not take it for its own where it came between', async () => {
    const starting = startServer({ port, state: folder, vars: {} });
    await expect(starting).rejects.toThrow(`127.0.0.1:${port}`);
  });

  it('a port that is free is no problem', async () => {
    expect(await portProblem(await freePort())).toBeUndefined();
  });
});
