// `npm run keys -- create|list|revoke`: API keys. A key is shown once, when it is made; the Worker
// is given only its SHA-256, as the secret API_KEYS.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { defineCommand, runMain } from 'citty';

const FILE = '.dev.vars';
const SETTING = 'API_KEYS';
const ID = /^[A-Za-z0-9_-]{1,64}$/;
/** 192 random bits: no list of guesses gets there. */
const SECRET_BYTES = 24;

interface Key {
  readonly id: string;
  readonly sha256: string;
}

const id = {
  type: 'positional',
  required: true,
  description: 'Name of the key, for logs and limits',
} as const;

const create = defineCommand({
  meta: { name: 'create', description: 'Make a key and show it, once' },
  args: { id },
  run({ args }) {
    const keys = readKeys();
    if (!ID.test(args.id)) return end(`a key's name is 1 to 64 of A-Z a-z 0-9 _ -`);
    if (keys.some((key) => key.id === args.id)) return end(`there is a key ${args.id} already`);
    const secret = `rzb_${args.id}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
    const sha256 = createHash('sha256').update(secret).digest('hex');
    writeKeys([...keys, { id: args.id, sha256 }]);
    console.log(secret);
    console.error(`
Keep it: only its hash is stored, in ${FILE}. A deployed Worker gets the same list by

  npx wrangler secret put ${SETTING}

with the value of ${SETTING} in ${FILE}.`);
  },
});

const list = defineCommand({
  meta: { name: 'list', description: 'Names and hashes of the keys' },
  run() {
    for (const key of readKeys()) console.log(`${key.id}  ${key.sha256}`);
  },
});

const revoke = defineCommand({
  meta: { name: 'revoke', description: 'Take a key out of the list' },
  args: { id },
  run({ args }) {
    const keys = readKeys();
    const rest = keys.filter((key) => key.id !== args.id);
    if (rest.length === keys.length) return end(`there is no key ${args.id}`);
    writeKeys(rest);
    console.error(
      `${args.id} is out of ${FILE}; a deployed Worker keeps it until its secret changes`,
    );
  },
});

function readKeys(): Key[] {
  const value = readLines().find((line) => line.startsWith(`${SETTING}=`)) ?? '';
  return value
    .slice(SETTING.length + 1)
    .replaceAll('"', '')
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((entry) => {
      const [name = '', sha256 = ''] = entry.split(':');
      return { id: name, sha256 };
    });
}

function writeKeys(keys: readonly Key[]): void {
  const others = readLines().filter((line) => !line.startsWith(`${SETTING}=`));
  const value = keys.map((key) => `${key.id}:${key.sha256}`).join(',');
  writeFileSync(FILE, `${[...others, `${SETTING}="${value}"`].join('\n')}\n`, { mode: 0o600 });
}

function readLines(): string[] {
  if (!existsSync(FILE)) return [];
  return readFileSync(FILE, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}

function end(message: string): void {
  console.error(message);
  process.exitCode = 1;
}

await runMain(
  defineCommand({
    meta: { name: 'keys', description: 'API keys of the Worker' },
    subCommands: { create, list, revoke },
  }),
);
