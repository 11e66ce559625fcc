// The origin on Cloudflare Containers, as far as it goes without Docker and an account: wrangler's
// published schema, its own dry run with a `docker` that keeps what it was given, the Worker on
// workerd, and the way of a picture from a real edge Worker through this front to a real origin.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestHarness, experimental_readRawConfig as readRawConfig } from 'wrangler';
import { createFront } from '../../deploy/cloudflare-containers/front.ts';
import { parseSettings } from '../../src/container/settings.ts';
import { SIGNATURE_HEADER, signRequest, TIMESTAMP_HEADER } from '../../src/origin/sign.ts';
import { type OriginProcess, startOriginProcess } from './origin-process.ts';
import { ROOT, readSample, type Service, startService } from './workers.ts';

const FOLDER = join(ROOT, 'deploy/cloudflare-containers');
const CONFIG = join(FOLDER, 'wrangler.toml');
const SECRET = 'a-secret-of-at-least-32-characters!';
const CHELSEA = readSample('chelsea.png');

interface RawContainers {
  readonly vars: Record<string, string>;
  readonly containers: ReadonlyArray<Record<string, unknown>>;
  readonly durable_objects: { readonly bindings: ReadonlyArray<Record<string, string>> };
  readonly exports: Record<string, unknown>;
  readonly secrets: { readonly required: readonly string[] };
}

const { rawConfig } = readRawConfig({ config: CONFIG });
const CONFIGURED = rawConfig as object as RawContainers;

describe('the configuration', () => {
  const schema = JSON.parse(
    readFileSync(join(ROOT, 'node_modules/wrangler/config-schema.json'), 'utf8'),
  );
  // Its own keywords for editors (markdownDescription and the like) are none of JSON Schema's.
  const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);

  it("is one of wrangler's, and that schema refuses a wrong one", () => {
    expect(validate(rawConfig), JSON.stringify(validate.errors)).toBe(true);
    const withContainer = (more: object): object => ({
      ...CONFIGURED,
      containers: [{ ...CONFIGURED.containers[0], ...more }],
    });
    expect(validate(withContainer({}))).toBe(true);
    expect(validate(withContainer({ instance_type: 'gpu-1' }))).toBe(false);
    expect(validate(withContainer({ max_instance: 4 }))).toBe(false);
  });

  it('binds the class that it exports, and spreads requests over all its instances', () => {
    const [container] = CONFIGURED.containers;
    expect(container).toMatchObject({ class_name: 'Origin', instance_type: 'standard-3' });
    expect(CONFIGURED.durable_objects.bindings).toEqual([{ name: 'ORIGIN', class_name: 'Origin' }]);
    expect(CONFIGURED.exports).toEqual({ Origin: { type: 'durable-object', storage: 'sqlite' } });
    expect(CONFIGURED.vars.ORIGIN_INSTANCES).toBe(String(container?.max_instances));
  });

  it('gives the container settings that the origin takes, and its port', () => {
    const { ORIGIN_AUTH } = CONFIGURED.vars;
    const settings = parseSettings({ ORIGIN_AUTH, ORIGIN_SECRET: SECRET });
    expect(settings).toMatchObject({ ok: true, value: { auth: 'hmac', models: 'embedded' } });
    expect(CONFIGURED.secrets.required).toEqual(['ORIGIN_SECRET']);
    const source = readFileSync(join(FOLDER, 'worker.ts'), 'utf8');
    const port = /defaultPort = (\d+)/.exec(source)?.[1];
    expect(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')).toContain(`PORT=${port} `);
  });
});

describe('wrangler deploy --dry-run', () => {
  it('bundles the Worker, and builds the image of our Dockerfile with our folder', () => {
    const folder = mkdtempSync(join(tmpdir(), 'razorbill-containers-'));
    try {
      const docker = join(folder, 'docker');
      const keep = `echo "$@" >> ${folder}/asked\n[ "$1" = build ] && cat > ${folder}/Dockerfile`;
      writeFileSync(docker, `#!/bin/sh\n${keep}\nexit 0\n`, { mode: 0o755 });
      const args = ['deploy', '--dry-run', '-c', CONFIG, '--outdir', join(folder, 'out')];
      const env = { ...process.env, WRANGLER_DOCKER_BIN: docker };
      const built = spawnSync('wrangler', args, { cwd: ROOT, env, encoding: 'utf8' });
      expect(built.status, built.stdout + built.stderr).toBe(0);
      const asked = readFileSync(join(folder, 'asked'), 'utf8');
      expect(asked).toMatch(/^build .*-t razorbill-origin:.* --platform linux\/amd64 /m);
      expect(asked).toContain(` -f - ${ROOT.replace(/\/$/, '')}`);
      expect(readFileSync(join(folder, 'Dockerfile'), 'utf8')).toBe(
        readFileSync(join(ROOT, 'Dockerfile'), 'utf8'),
      );
      expect(readFileSync(join(folder, 'out/worker.js')).length).toBeLessThan(200_000);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** What the edge sends: signed now, or at another time, over this body or another. */
async function signed(more: { nowMs?: number; body?: Uint8Array } = {}): Promise<RequestInit> {
  const timestamp = `${Math.floor((more.nowMs ?? Date.now()) / 1000)}`;
  const path = '/v1/classify';
  const signature = await signRequest(SECRET, { timestamp, path, body: more.body ?? CHELSEA });
  const headers = { [TIMESTAMP_HEADER]: timestamp, [SIGNATURE_HEADER]: signature };
  return { method: 'POST', body: CHELSEA, headers };
}

describe('the front', () => {
  const woken: string[] = [];
  const settings = { ORIGIN_AUTH: 'hmac', ORIGIN_SECRET: SECRET };
  const forward = async (request: Request): Promise<Response> => {
    woken.push(new URL(request.url).pathname);
    return new Response(String((await request.arrayBuffer()).byteLength));
  };
  const front = createFront(settings, forward, Date.now);
  const post = (init: RequestInit) => front.request('/v1/classify', init);

  it('wakes a container for the edge, and hands the picture on', async () => {
    const answer = await post(await signed());
    expect([answer.status, await answer.text()]).toEqual([200, `${CHELSEA.length}`]);
    expect(woken).toEqual(['/v1/classify']);
  });

  it.each([
    ['no signature', async () => ({ method: 'POST', body: CHELSEA })],
    ['an old one', () => signed({ nowMs: Date.now() - 301_000 })],
    ["another picture's", () => signed({ body: new Uint8Array(3) })],
  ])('wakes none for %s', async (_what, init) => {
    woken.length = 0;
    expect((await post(await init())).status).toBe(401);
    expect(woken).toEqual([]);
  });

  it('wakes none for probes, which anybody may send', async () => {
    woken.length = 0;
    const statuses = ['/livez', '/readyz', '/metrics', '/v2/health/ready', '/v2/health/live'];
    const answers = await Promise.all(statuses.map(async (path) => front.request(path)));
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 404, 404, 404]);
    expect(woken).toEqual([]);
  });

  it('knows the bearer too', async () => {
    const bearer = createFront({ ...settings, ORIGIN_AUTH: 'bearer' }, forward, Date.now);
    const ask = async (secret: string) => {
      const headers = { authorization: `Bearer ${secret}` };
      return (await bearer.request('/v1/classify', { method: 'POST', headers })).status;
    };
    expect([await ask(SECRET), await ask('another')]).toEqual([200, 401]);
  });

  it.each([
    ['without a secret', { ORIGIN_AUTH: 'hmac', ORIGIN_SECRET: '' }],
    ['with a short one', { ORIGIN_AUTH: 'bearer', ORIGIN_SECRET: 'short' }],
    ['open to everybody', { ORIGIN_AUTH: 'none', ORIGIN_SECRET: SECRET }],
  ])('forwards nothing %s', async (_how, given) => {
    woken.length = 0;
    const answer = await createFront(given, forward, Date.now).request('/v1/classify');
    expect([answer.status, woken]).toEqual([500, []]);
  });

  it('says 503 and when to come back where no container answers', async () => {
    const none = createFront(
      settings,
      () => Promise.reject(new Error('no container instance')),
      Date.now,
    );
    const answer = await none.request('/v1/classify', await signed());
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '10']);
  });
});

describe('the Worker on workerd', () => {
  it('lets nobody in without a signature, and asks for a container with one', async () => {
    const harness = createTestHarness({
      workers: [
        {
          config: {
            name: 'razorbill-origin',
            main: join(FOLDER, 'worker.ts'),
            compatibility_date: '2026-10-01',
            vars: { ...CONFIGURED.vars, ORIGIN_SECRET: SECRET },
            durable_objects: { bindings: [{ name: 'ORIGIN', class_name: 'Origin' }] },
            exports: { Origin: { type: 'durable-object', storage: 'sqlite' } },
          },
        },
      ],
    });
    try {
      const { url } = await harness.listen();
      const ask = async (init: RequestInit) =>
        (await fetch(new URL('/v1/classify', url), init)).status;
      expect(await ask({ method: 'POST', body: CHELSEA })).toBe(401);
      expect((await fetch(new URL('/livez', url))).status).toBe(200);
      // Containers are off there: the class cannot even be made.
      expect(await ask(await signed())).toBe(503);
    } finally {
      await harness.close();
    }
  });
});

describe('a picture of the edge', () => {
  let origin: OriginProcess;
  let server: Server;
  let edge: Service;
  beforeAll(async () => {
    const auth = { ORIGIN_AUTH: 'hmac', ORIGIN_SECRET: SECRET };
    origin = await startOriginProcess(auth);
    // Where the platform has a container, here is the process that its image starts.
    const front = createFront(
      auth,
      (request) => {
        const { pathname, search } = new URL(request.url);
        const { method, headers, body } = request;
        const init = { method, headers, body, duplex: 'half' };
        return fetch(`${origin.url}${pathname}${search}`, init as RequestInit);
      },
      Date.now,
    );
    server = createServer(getRequestListener(front.fetch));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    edge = await startService({
      vars: { ORIGIN_URL: `http://127.0.0.1:${port}`, ORIGIN_AUTH: 'hmac' },
      secrets: { ORIGIN_SECRET: SECRET },
    });
  });
  afterAll(async () => {
    await edge.close();
    server.close();
    origin.child.kill('SIGTERM');
    await origin.ended;
  });

  it('is answered by the origin behind this front', async () => {
    const answer = await edge.fetch('/v1/classify?engine=origin', {
      method: 'POST',
      body: CHELSEA,
    });
    expect(await answer.json()).toMatchObject({
      pred_class: 'cat',
      run: { place: 'origin', engine: 'node:cpu' },
    });
  });
});
