import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineCommand } from 'citty';
import { readScheme, SCHEME, SECRET, STATE } from './arguments.ts';
import { DEMO_SOURCE, PICTURE_PORT, readDemoSecrets } from './demo.ts';
import { servePicture } from './picture-server.ts';
import { signRequest } from './sign-request.ts';

const POLL_MS = 250;
const DONE_WITHIN_MS = 60_000;

export const send = defineCommand({
  meta: { name: 'send', description: 'Send a signed event: "a picture was added"' },
  args: {
    picture: { type: 'positional', required: true, description: 'A file, or a URL' },
    to: { type: 'string', default: 'http://localhost:8787', description: 'The service' },
    source: { type: 'string', default: DEMO_SOURCE, description: 'Name of the source there' },
    scheme: SCHEME,
    secret: SECRET,
    id: { type: 'string', description: 'Message id (default: a new one); again is a replay' },
    asset: { type: 'string', description: 'Comes back with the result, as metadata' },
  },
  async run({ args }) {
    const secret = args.secret ?? readDemoSecrets(STATE)?.inbound;
    if (secret === undefined) {
      throw new Error('no secret: run `npm start` first, or name one with --secret');
    }
    const file = resolve(process.env.INVOKED_FROM ?? '.', args.picture);
    const server = existsSync(file) ? await servePicture(file, PICTURE_PORT) : undefined;
    try {
      const url = server?.url ?? args.picture;
      const body = Buffer.from(JSON.stringify(toEvent(url, args.asset)));
      const id = args.id ?? `msg_${randomUUID()}`;
      const timestampSeconds = Math.floor(Date.now() / 1000);
      const signed = await signRequest(readScheme(args.scheme), secret, {
        id,
        timestampSeconds,
        body,
      });
      const response = await fetch(`${args.to}/v1/webhooks/${args.source}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...signed },
        body,
      });
      const text = await response.text();
      console.error(`${response.status}  ${id}`);
      const job = response.headers.get('location');
      if (response.ok && job !== null) await printResult(new URL(job, args.to));
      else console.log(text);
      if (!response.ok) process.exitCode = 1;
    } finally {
      server?.close();
    }
  },
});

/** What the source `demo` reads; others are told where to look by their own setting. */
function toEvent(url: string, asset: string | undefined): unknown {
  return {
    type: 'image.added',
    timestamp: new Date().toISOString(),
    data: { ...(asset !== undefined && { asset }), images: [{ url }] },
  };
}

/** Waits until the job is over: a file is served only as long as this command runs. */
async function printResult(job: URL): Promise<void> {
  const deadlineMs = Date.now() + DONE_WITHIN_MS;
  while (Date.now() < deadlineMs) {
    const answer = (await (await fetch(job)).json()) as { readonly state?: string };
    if (answer.state === 'done' || answer.state === 'failed') {
      console.log(JSON.stringify(answer, null, 2));
      if (answer.state === 'failed') process.exitCode = 1;
      return;
    }
    await new Promise((later) => setTimeout(later, POLL_MS));
  }
  throw new Error(`${job} was not done within ${DONE_WITHIN_MS / 1000} s`);
}
