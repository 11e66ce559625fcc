import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineCommand } from 'citty';
import { verifyInbound } from '../../src/webhook/inbound.ts';
import { parseSources } from '../../src/webhook/source.ts';
import { NOW } from './arguments.ts';
import { DEMO_ORIGINS, DEMO_SETTING, DEMO_SOURCE } from './demo.ts';
import { telling } from './mistake.ts';
import { parseSavedRequest } from './saved-request.ts';

export const read = defineCommand({
  meta: { name: 'read', description: 'What a setting WEBHOOK_SOURCES reads from a saved request' },
  args: {
    file: { type: 'positional', required: true, description: 'A saved request' },
    sources: { type: 'string', description: 'File with the setting (default: the source demo)' },
    source: { type: 'string', default: DEMO_SOURCE, description: 'Name of the source in it' },
    now: NOW,
  },
  run: telling(async ({ args }) => {
    const at = (file: string) => resolve(process.env.INVOKED_FROM ?? '.', file);
    const setting = args.sources ? readFileSync(at(args.sources), 'utf8') : DEMO_SETTING;
    const parsed = await parseSources(setting, {
      // Secrets come from the environment, as the Worker's come from its bindings.
      readSecret: (name) => process.env[name],
      policy: { trustedOrigins: DEMO_ORIGINS },
    });
    process.exitCode = 1;
    if (!parsed.ok) {
      for (const { setting, fix } of parsed.failure) console.error(`${setting}: ${fix}`);
      return;
    }
    const source = parsed.value.get(args.source);
    if (source?.kind !== 'signed') return console.error(`no source ${args.source} posts events`);
    const { headers, body } = parseSavedRequest(readFileSync(at(args.file)));
    const nowMs = args.now === undefined ? Date.now() : Number(args.now) * 1000;
    const event = await verifyInbound(source, headers, body, nowMs);
    console.log(JSON.stringify(event.ok ? event.value : event.failure, null, 2));
    if (event.ok) process.exitCode = 0;
  }),
});
