import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from '../models/commands/paths.ts';

/**
 * Where `npm run webhook -- listen` hears, and where `send` serves a file: fixed, because the
 * Worker exempts these two origins from its rules for URLs, and no others.
 */
export const LISTEN_PORT = 8789;
export const PICTURE_PORT = 8790;

export const DEMO_SOURCE = 'demo';

/** Secrets of the source `demo`, made once for each state folder. */
export interface DemoSecrets {
  /** Events to us are signed with it. */
  readonly inbound: string;
  /** Callbacks from us are. */
  readonly callback: string;
}

/** A source that is there on a laptop, so that the whole loop can be tried without a setting. */
export const DEMO_SETTING: string = JSON.stringify({
  [DEMO_SOURCE]: {
    scheme: 'standard',
    secrets: ['DEMO_WEBHOOK_SECRET'],
    images: '$.data.images[*].url',
    metadata: { asset: '/data/asset' },
    callback: {
      url: `http://127.0.0.1:${LISTEN_PORT}/`,
      secrets: ['DEMO_CALLBACK_SECRET'],
    },
  },
});

export const DEMO_ORIGINS: readonly string[] = [
  `http://127.0.0.1:${LISTEN_PORT}`,
  `http://127.0.0.1:${PICTURE_PORT}`,
];

/** Where an operator may have set what the demo would set. */
const SETTINGS_FILES: readonly string[] = ['wrangler.toml', '.dev.vars'];

/**
 * Variables that add the source `demo` to a Worker on this machine; none where sources or trusted
 * origins are set already, which they would hide.
 */
export function demoVars(state: string): Readonly<Record<string, string>> {
  const texts = SETTINGS_FILES.map((file) => join(ROOT, file))
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, 'utf8'));
  const set = /^\s*(WEBHOOK_SOURCES|TRUSTED_ORIGINS)\s*=/m;
  if (texts.some((text) => set.test(text))) return {};
  const secrets = keepDemoSecrets(state);
  return {
    WEBHOOK_SOURCES: DEMO_SETTING,
    TRUSTED_ORIGINS: DEMO_ORIGINS.join(','),
    DEMO_WEBHOOK_SECRET: secrets.inbound,
    DEMO_CALLBACK_SECRET: secrets.callback,
  };
}

const FILE = 'webhook-demo.json';
const SECRET_BYTES = 32;

export function keepDemoSecrets(state: string): DemoSecrets {
  const kept = readDemoSecrets(state);
  if (kept !== undefined) return kept;
  const secrets = { inbound: newSecret(), callback: newSecret() };
  const path = join(state, FILE);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  return secrets;
}

/** Undefined before the first `npm start`. */
export function readDemoSecrets(state: string): DemoSecrets | undefined {
  const path = join(state, FILE);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as DemoSecrets) : undefined;
}

function newSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
}
