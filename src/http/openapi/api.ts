import type { OpenAPIHono, RouteConfig } from '@hono/zod-openapi';
import {
  huggingFace,
  huggingFaceDefault,
  ping,
  predict,
  predictPut,
  predictVersion,
  predictVersionPut,
  workersAi,
} from './routes/drop-ins.ts';
import { explain, live, ready } from './routes/health.ts';
import { job, jobs, receive, redrive } from './routes/jobs.ts';
import { model, models, warm } from './routes/models.ts';
import {
  infer,
  metadata,
  modelReady,
  server,
  serverLive,
  serverReady,
  versionInfer,
  versionMetadata,
  versionReady,
} from './routes/oip.ts';
import { classify, kept } from './routes/pictures.ts';

/** Every address of the API, in the order of the document. */
export const ROUTES = [
  classify,
  kept,
  models,
  model,
  warm,
  receive,
  jobs,
  job,
  redrive,
  server,
  serverLive,
  serverReady,
  metadata,
  versionMetadata,
  modelReady,
  versionReady,
  infer,
  versionInfer,
  huggingFace,
  huggingFaceDefault,
  workersAi,
  predict,
  predictPut,
  predictVersion,
  predictVersionPut,
  ping,
  live,
  ready,
  explain,
] as const;

/** The routes as a type that `hono/client` reads. It is a type alone: app.ts serves them. */
export type Api = ReturnType<typeof api.openapiRoutes<Served<typeof ROUTES>>>;

declare const api: OpenAPIHono;
type Served<R extends readonly RouteConfig[]> = {
  [I in keyof R]: { route: R[I]; handler: never };
};
