import { sha256 } from '../../src/digest.ts';
import { ok } from '../../src/result.ts';
import { encodeBase64 } from '../../src/webhook/base64.ts';
import { attemptDelivery } from '../../src/webhook/deliver/attempt.ts';
import { signMessage } from '../../src/webhook/deliver/sign.ts';
import { parseSigners } from '../../src/webhook/deliver/signers.ts';
import type { ClassifyJobDeps } from '../../src/webhook/jobs/classify-job.ts';
import type { JobMessage } from '../../src/webhook/jobs/messages.ts';
import type { JobStore } from '../../src/webhook/jobs/store.ts';
import { parseSources } from '../../src/webhook/source.ts';
import { createWebhooks, type Webhooks } from '../../src/webhook/webhooks.ts';

export const OLD_SECRET: string = secretOf(1);
export const NEW_SECRET: string = secretOf(2);

/** 2026-01-01T00:00:00Z */
export const START_MS = 1_767_225_600_000;

/** The largest of wrangler.toml. */
const BATCH = 10;

const RECEIVER = 'https://receiver.example.com/hook';
const POLICY = { http: 'refuse', ownHosts: [], trustedOrigins: [] } as const;

/** What a receiver was sent, and said. */
export interface Heard {
  readonly id: string;
  readonly atMs: number;
  readonly body: string;
  readonly status: number;
}

/**
 * The webhook rooms with their real job table, on a clock of their own. Queues are a list that may
 * lose messages; the network is whatever the test says.
 */
export interface World extends Knobs {
  readonly webhooks: Webhooks;
  readonly heard: readonly Heard[];
  /** Digests of pictures that were classified, one for each inference. */
  readonly inferences: readonly string[];
  /** Codes of what operators were told, in its order. */
  readonly told: readonly string[];
  nowMs(): number;
  /** Hands over what is due; a message that is to be tried again comes ten seconds later. */
  drain(): Promise<void>;
  /** On to `untilMs`, looking at the queues after each step, and sweeping each minute. */
  run(untilMs: number, stepMs?: number): Promise<void>;
  send(id: string, payload: object, signed?: Signed): ReturnType<Webhooks['receive']>;
}

interface Knobs {
  /** What the receiver says at this moment. */
  answer: (nowMs: number) => number;
  /** The bytes at an address. */
  picture: (url: string) => Uint8Array;
  /** Whether the queue forgets this message. */
  loses: (message: JobMessage) => boolean;
  fetchImage: ClassifyJobDeps['fetchImage'];
  classify: (bytes: Uint8Array) => ReturnType<ClassifyJobDeps['classify']>;
}

export interface Signed {
  readonly secret?: string;
  /** From now to the timestamp. */
  readonly offsetSeconds?: number;
  readonly timestamp?: number;
}

export async function makeWorld(store: JobStore): Promise<World> {
  let nowMs = START_MS;
  let holders = 0;
  const clock = () => nowMs;
  const queue: Array<{ readonly message: JobMessage; readonly atMs: number }> = [];
  const heard: Heard[] = [];
  const inferences: string[] = [];
  const told: string[] = [];
  const knobs: Knobs = {
    answer: () => 200,
    picture: (url) => new TextEncoder().encode(url),
    loses: () => false,
    fetchImage: async (_job, image) => {
      const bytes = Uint8Array.from(knobs.picture(image.reference));
      return ok({ bytes, sha256: await sha256(bytes), release: () => undefined });
    },
    async classify(bytes) {
      const digest = await sha256(bytes as BufferSource);
      inferences.push(digest);
      return ok({ pred_class: 'cat', image: { sha256: digest } });
    },
  };
  const outbox = {
    async trySend(messages: readonly JobMessage[], delaySeconds: number) {
      for (const message of messages) {
        if (!knobs.loses(message)) queue.push({ message, atMs: nowMs + delaySeconds * 1000 });
      }
    },
  };
  const sources = await readSources();
  const webhooks = createWebhooks({
    store,
    sources,
    work: {
      store,
      outbox,
      clock,
      newHolder: () => `holder-${++holders}`.padEnd(12, '-'),
      heldMs: 120_000,
      fetchImage: (job, image) => knobs.fetchImage(job, image),
      classify: (bytes) => knobs.classify(bytes),
      hasReceiver: () => true,
      annotate: async () => undefined,
      countFailure: () => undefined,
    },
    deliver: {
      store,
      outbox,
      clock,
      random: Math.random,
      countGivenUp: (cause) => void told.push(cause),
      receiverOf: ({ source }) => sources.get(source)?.callback,
      attempt: (request) =>
        attemptDelivery(request, { fetch: receive, policy: POLICY, clock, random: Math.random }),
    },
    isOwnNote: async () => false,
    uploadsModel: undefined,
    retentionMs: 30 * 86_400_000,
    random: (bytes) => void crypto.getRandomValues(bytes),
    tell: (event, { code }) => void told.push(code ?? event),
  });

  async function receive(_url: string, init: RequestInit): Promise<Response> {
    const status = knobs.answer(nowMs);
    const id = new Headers(init.headers).get('webhook-id') ?? '';
    const body = new TextDecoder().decode(init.body as Uint8Array);
    heard.push({ id, atMs: nowMs, body, status });
    return new Response(null, { status });
  }

  async function drain(): Promise<void> {
    for (;;) {
      const due = queue.filter(({ atMs }) => atMs <= nowMs).slice(0, BATCH);
      if (due.length === 0) return;
      for (const one of due) queue.splice(queue.indexOf(one), 1);
      const batch = due.map(({ message }) => ({
        body: message,
        ack: () => undefined,
        retry: () => void queue.push({ message, atMs: nowMs + 10_000 }),
      }));
      await webhooks.consume(batch);
    }
  }

  const world: Omit<World, keyof Knobs> = {
    webhooks,
    heard,
    inferences,
    told,
    nowMs: clock,
    drain,
    async run(untilMs, stepMs = 60_000) {
      await drain();
      while (nowMs < untilMs) {
        const minute = Math.floor(nowMs / 60_000);
        nowMs = Math.min(nowMs + stepMs, untilMs);
        if (Math.floor(nowMs / 60_000) > minute) await webhooks.sweep();
        await drain();
      }
    },
    async send(id, payload, { secret = OLD_SECRET, offsetSeconds = 0, timestamp } = {}) {
      const signers = await parseSigners([secret]);
      if (!signers.ok) throw new Error(signers.failure.code);
      const body = Uint8Array.from(new TextEncoder().encode(JSON.stringify(payload)));
      const timestampSeconds = timestamp ?? Math.floor(nowMs / 1000) + offsetSeconds;
      const headers = await signMessage(signers.value, { id, timestampSeconds, body });
      return webhooks.receive('cms', new Headers({ ...headers }), body);
    },
  };
  return Object.assign(knobs, world);
}

async function readSources() {
  const setting = {
    cms: {
      scheme: 'standard',
      secrets: ['OLD', 'NEW'],
      images: '$.images[*]',
      callback: { url: RECEIVER, secrets: ['OLD'] },
    },
  };
  const secrets: Readonly<Record<string, string>> = { OLD: OLD_SECRET, NEW: NEW_SECRET };
  const sources = await parseSources(JSON.stringify(setting), {
    policy: POLICY,
    readSecret: (name) => secrets[name],
  });
  if (!sources.ok) throw new Error(JSON.stringify(sources.failure));
  return sources.value;
}

function secretOf(seed: number): string {
  const bytes = Uint8Array.from({ length: 32 }, (_, i) => (i * 37 + seed * 11) & 255);
  return `whsec_${encodeBase64(bytes)}`;
}
