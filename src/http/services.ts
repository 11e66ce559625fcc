import type { Context, Hono } from 'hono';
import type { Classifier } from '../classify/classify.ts';
import type { Reservations } from '../classify/reservations.ts';
import type { Models } from '../model/models.ts';

import type { FetchFailure } from '../net/fetch-public.ts';
import type { Result } from '../result.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Webhooks } from '../webhook/webhooks.ts';
import type { ApiKey, Principal } from './authenticate.ts';
import type { MemoryReport } from './memory-report.ts';
import type { Readiness } from './readiness.ts';

/** Plain values out of the configuration; http reads no binding. */
export interface HttpSettings {
  readonly environment: 'local' | 'staging' | 'production';
  readonly auth: 'required' | 'off';
  readonly apiKeys: readonly ApiKey[];
  /** Origins that browsers may call from; empty turns CORS off. */
  readonly corsOrigins: readonly string[];
  readonly defaultModel: string;
  readonly bodyBytesMax: number;
  readonly imagesMax: number;
  /** `key`: a kept answer is seen only by the API key that paid for it. */
  readonly resultScope: 'shared' | 'key';
}

/** A platform's rate limiter (a Workers binding): counts a request, says whether it may pass. */
export interface RateLimiter {
  readonly quota: number;
  readonly windowSeconds: number;
  admit(key: string): Promise<boolean>;
}

/** The built documents for people, `playground.html`; answers 304 to a matching If-None-Match. */
export type Pages = (file: string, ifNoneMatch: string | undefined) => Promise<Response>;

/** Everything that the routes call. The Worker and the container each wire their own. */
export interface Services {
  readonly settings: HttpSettings;
  readonly classifier: Classifier;
  readonly models: Models;
  readonly readiness: Readiness;
  /** Bytes of request bodies and of fetched pictures held at once. */
  readonly bodies: Reservations;
  /** Tells what computes here that a request has come in. */
  arrived(): void;
  /** Classifications under way at once; the next is refused unread. */
  readonly requestsOpenMax: number;
  /** Undefined where no job table is bound. */
  readonly webhooks: Webhooks | undefined;
  readonly rateLimiter: RateLimiter | undefined;
  /** Undefined where nobody is to see any: the container has none. */
  readonly pages: Pages | undefined;
  readonly telemetry: Telemetry;
  /** What memory is held; shown on a laptop only. */
  memory(): Promise<MemoryReport>;
  /** Milliseconds; stands still in production while the Worker computes. */
  clock(): number;
  newRequestId(): string;
  /** Fills with random bytes: trace ids. */
  random(bytes: Uint8Array): void;
  /** Holds at most `fetchBytesMax`, which is to be reserved before. */
  fetchPicture(url: string): Promise<Result<Uint8Array, FetchFailure>>;
  readonly fetchBytesMax: number;
}

/** What middleware leaves for routes. */
export interface Variables {
  requestId: string;
  principal: Principal;
  failureCode: string;
  /** Facts for the one log line of this request. */
  logFields: Record<string, string | number | boolean>;
}

export type AppContext = Context<{ Variables: Variables }>;

export type App = Hono<{ Variables: Variables }>;
