import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineCommand } from 'citty';
import type { JobAnswer } from '../../src/http/openapi/answers/jobs.ts';
import { createClient } from '../../src/http/openapi/client.ts';
import { STATE } from '../models/commands/paths.ts';
import { readScheme, SCHEME, SECRET } from './arguments.ts';
import { DEMO_SOURCE, PICTURE_PORT, readDemoSecrets } from './demo.ts';
import { Mistake, telling } from './mistake.ts';
import { servePicture } from './picture-server.ts';
import { toOutcomeText } from './print.ts';
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
    json: { type: 'boolean', default: false, description: 'The job as JSON on stdout' },
    asset: { type: 'string', description: 'Comes back with the result, as metadata' },
  },
  run: telling(async ({ args }) => {
    const secret = args.secret ?? readDemoSecrets(STATE)?.inbound;
    if (secret === undefined) {
      throw new Mistake('no secret: run `npm start` first, or name one with --secret');
    }
    const file = resolve(process.env.INVOKED_FROM ?? '.', args.picture);
    const isUrl = /^https?:/.test(args.picture);
    if (!isUrl && !existsSync(file)) throw new Mistake(`there is no file ${args.picture}`);
    const server = isUrl ? undefined : await servePicture(file, PICTURE_PORT);
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
      const response = await post(`${args.to}/v1/webhooks/${args.source}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...signed },
        body,
      });
      const text = await response.text();
      console.error(`${response.status}  ${id}`);
      const job = response.headers.get('location')?.split('/').at(-1);
      if (response.ok && job !== undefined) await printResult(args.to, job, args.json);
      else console.log(text);
      if (!response.ok) process.exitCode = 1;
    } finally {
      server?.close();
    }
  }),
});

/**
 * What the source `demo` reads; others are told where to look by their own setting. The same for
 * the same picture: sent again under its id, it is a replay.
 */
function toEvent(url: string, asset: string | undefined): unknown {
  return {
    type: 'image.added',
    data: { ...(asset !== undefined && { asset }), images: [{ url }] },
  };
}

async function post(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch {
    throw new Mistake(`nobody answers at ${url}: is the service running (\`npm start\`)?`);
  }
}

function describe({ id, state, duplicates, images }: JobAnswer): string {
  const again = duplicates > 0 ? `, sent ${duplicates + 1} times and done once` : '';
  return [`${id}  ${state}${again}`, ...images.map(toOutcomeText)].join('\n');
}

/** Waits until the job is over: a file is served only as long as this command runs. */
async function printResult(service: string, id: string, asJson: boolean): Promise<void> {
  const { jobs } = createClient(service).v1;
  const deadlineMs = Date.now() + DONE_WITHIN_MS;
  while (Date.now() < deadlineMs) {
    const response = await jobs[':id'].$get({ param: { id } });
    if (!response.ok) throw new Mistake(`${id}: ${(await response.json()).code}`);
    const job = await response.json();
    if (job.state === 'done' || job.state === 'dead') {
      console.log(asJson ? JSON.stringify(job) : describe(job));
      if (job.state === 'dead') process.exitCode = 1;
      return;
    }
    await new Promise((later) => setTimeout(later, POLL_MS));
  }
  throw new Mistake(`${id} was not done within ${DONE_WITHIN_MS / 1000} s`);
}
