// `npm run webhook -- <command>`: try the whole loop on one machine, check what a sender really
// sends, or whether a receiver takes what we send.
import { defineCommand, runMain } from 'citty';
import { callback } from './webhook/callback.ts';
import { listen } from './webhook/listen.ts';
import { read } from './webhook/read.ts';
import { send } from './webhook/send.ts';
import { verify } from './webhook/verify.ts';

await runMain(
  defineCommand({
    meta: { name: 'webhook', description: 'Webhooks: send, listen, verify, read, callback' },
    subCommands: { send, listen, verify, read, callback },
  }),
);
