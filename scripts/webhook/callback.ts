import { randomUUID } from 'node:crypto';
import { defineCommand } from 'citty';
import { attemptDelivery } from '../../src/webhook/deliver/attempt.ts';
import { parseSigners } from '../../src/webhook/deliver/signers.ts';
import { STATE } from '../models/commands/paths.ts';
import { SECRET } from './arguments.ts';
import { LISTEN_PORT, readDemoSecrets } from './demo.ts';
import { Mistake, telling } from './mistake.ts';

export const callback = defineCommand({
  meta: { name: 'callback', description: 'Try a receiver: one signed callback, as we send them' },
  args: {
    url: {
      type: 'positional',
      default: `http://127.0.0.1:${LISTEN_PORT}/`,
      description: 'The receiver (default: where `listen` hears)',
    },
    secret: SECRET,
  },
  run: telling(async ({ args }) => {
    const secret = args.secret ?? readDemoSecrets(STATE)?.callback;
    if (secret === undefined) throw new Mistake('no secret: name one with --secret');
    const signers = await parseSigners(secret.split(/[\s,]+/));
    if (!signers.ok) throw new Mistake(`this secret cannot sign (${signers.failure.code})`);
    const outcome = await attemptDelivery(
      {
        url: args.url,
        id: `msg_${randomUUID()}`,
        attempt: 1,
        body: new TextEncoder().encode(JSON.stringify({ type: 'image.test', data: {} })),
        signers: signers.value,
      },
      {
        fetch: (url, init) => fetch(url, init),
        // Whoever types an address here means it.
        policy: { trustedOrigins: [URL.parse(args.url)?.origin ?? ''] },
        clock: Date.now,
        random: Math.random,
      },
    );
    console.log(JSON.stringify(outcome));
    if (outcome.outcome !== 'delivered') process.exitCode = 1;
  }),
});
