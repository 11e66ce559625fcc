// `npm run keys -- create|list|revoke`: API keys. A key is shown once, when it is made; the Worker
// is given only its SHA-256, as the secret API_KEYS.
import { randomBytes } from 'node:crypto';
import { defineCommand, runMain } from 'citty';
import {
  KEY_BYTES,
  KEY_ID,
  KEYS_SETTING,
  makeKey,
  readKeys,
  secretsFile,
  writeKeys,
} from './keys/key-file.ts';

const id = {
  type: 'positional',
  required: true,
  description: 'Name of the key, for logs and limits',
} as const;

const env = {
  type: 'string',
  description: 'Of a deployed environment: staging or production (default: this machine)',
} as const;

const create = defineCommand({
  meta: { name: 'create', description: 'Make a key and show it, once' },
  args: { id, env },
  run({ args }) {
    const file = secretsFile(args.env);
    const keys = readKeys(file);
    if (!KEY_ID.test(args.id)) return end(`a key's name is 1 to 64 of A-Z a-z 0-9 _ -`);
    if (keys.some((key) => key.id === args.id)) return end(`there is a key ${args.id} already`);
    const { key, kept } = makeKey(args.id, randomBytes(KEY_BYTES));
    writeKeys(file, [...keys, kept]);
    console.log(key);
    console.error(`\nKeep it: only its hash is stored, in ${file}. ${toWorker(args.env)}`);
  },
});

const list = defineCommand({
  meta: { name: 'list', description: 'Names and hashes of the keys' },
  args: { env },
  run({ args }) {
    for (const key of readKeys(secretsFile(args.env))) console.log(`${key.id}  ${key.sha256}`);
  },
});

const revoke = defineCommand({
  meta: { name: 'revoke', description: 'Take a key out of the list' },
  args: { id, env },
  run({ args }) {
    const file = secretsFile(args.env);
    const keys = readKeys(file);
    const rest = keys.filter((key) => key.id !== args.id);
    if (rest.length === keys.length) return end(`there is no key ${args.id}`);
    writeKeys(file, rest);
    console.error(`${args.id} is out of ${file}. ${toWorker(args.env)}`);
  },
});

/** How the list gets to a deployed Worker, which keeps the one it has until then. */
function toWorker(environment: string | undefined): string {
  const file = secretsFile(environment);
  if (environment !== undefined) {
    return `The deployed Worker gets the list by

  npx wrangler secret bulk ${file} --env ${environment}`;
  }
  return `A deployed Worker gets the same list by

  npx wrangler secret put ${KEYS_SETTING} --env production

with the value of ${KEYS_SETTING} in ${file}.`;
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
