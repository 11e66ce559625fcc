// How the dialects of other services say each failure that there is.
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { huggingFaceError as sayToHuggingFace } from './hugging-face/respond.ts';
import { huggingFaceError } from './hugging-face/schema.ts';
import { type Failure, isProblemCode, PROBLEMS } from './problem.ts';
import type { AppContext, Variables } from './services.ts';
import { torchServeError as sayToTorchServe } from './torchserve/respond.ts';
import { torchServeError } from './torchserve/schema.ts';
import { workersAiError as sayToWorkersAi } from './workers-ai/respond.ts';
import { workersAiError } from './workers-ai/schema.ts';

type Say = (c: AppContext, failure: Failure) => Response;

/** Each failure with the members that answers of any dialect look at. */
function failureOf(code: string): Failure {
  if (!isProblemCode(code)) throw new Error(code);
  const members: object = {
    ...(code === 'overloaded' || code === 'rate_limited' ? { retryAfterSeconds: 7 } : {}),
    ...(code === 'method_not_allowed' ? { allow: 'POST' } : {}),
    ...(code === 'unknown_model' ? { reference: 'a/b' } : {}),
  };
  return { code, ...members } as Failure;
}

async function say(how: Say, code: string): Promise<Response> {
  const app = new Hono<{ Variables: Variables }>();
  app.get('/', (c) => how(c, failureOf(code)));
  return app.request('/');
}

const CODES = Object.entries(PROBLEMS).map(([code, { status }]) => [code, status] as const);

describe.each(CODES)('%s', (code, status) => {
  it('to a client of Hugging Face: in its shape, never a 503, which it repeats', async () => {
    const said = await say(sayToHuggingFace, code);
    expect(huggingFaceError.parse(await said.json()).error).toContain(
      PROBLEMS[failureOf(code).code].title,
    );
    expect(said.status).not.toBe(503);
    if (status !== 503) expect(said.status).toBe(status);
  });

  it('to a client of Workers AI: in its envelope', async () => {
    const said = await say(sayToWorkersAi, code);
    const { errors } = workersAiError.parse(await said.json());
    expect(errors).toHaveLength(1);
    expect(said.status >= 500).toBe(errors[0]?.code === 3043);
    expect(said.status).toBeGreaterThanOrEqual(400);
  });

  it('to a client of TorchServe: in its shape', async () => {
    const said = await say(sayToTorchServe, code);
    const told = torchServeError.parse(await said.json());
    expect([said.status, told.code]).toEqual([status, status]);
    expect(told.type).toMatch(/^[A-Z][A-Za-z]+Exception$/);
  });
});

describe('what a dialect says of its own', () => {
  it.each([
    ['overloaded', sayToHuggingFace, 429, '7'],
    ['engine_busy', sayToHuggingFace, 429, '5'],
    ['model_damaged', sayToHuggingFace, 500, '5'],
    ['overloaded', sayToWorkersAi, 429, '7'],
    ['overloaded', sayToTorchServe, 503, '7'],
    ['rate_limited', sayToTorchServe, 429, '7'],
  ] as const)('%s has the status and the wait', async (code, how, status, wait) => {
    const said = await say(how, code);
    expect([said.status, said.headers.get('retry-after')]).toEqual([status, wait]);
  });

  it.each([
    ['unknown_model', 400, 5007],
    ['unauthorized', 401, 10000],
    ['route_not_found', 404, 7000],
    ['method_not_allowed', 405, 7001],
    ['deadline_exceeded', 408, 3007],
    ['body_too_large', 413, 3006],
    ['corrupt_image', 422, 5004],
    ['overloaded', 429, 3040],
  ])('%s has the number of Workers AI', async (code, status, number) => {
    const said = await say(sayToWorkersAi, code);
    expect(said.status).toBe(status);
    expect(await said.json()).toMatchObject({
      result: null,
      success: false,
      errors: [{ code: number }],
    });
  });

  it.each([
    ['unknown_model', 'ModelNotFoundException'],
    ['unauthorized', 'InvalidKeyException'],
    ['route_not_found', 'ResourceNotFoundException'],
    ['method_not_allowed', 'MethodNotAllowedException'],
    ['empty', 'BadRequestException'],
    ['overloaded', 'ServiceUnavailableException'],
    ['internal_error', 'InternalServerException'],
  ])('%s has the name that TorchServe has for it', async (code, type) => {
    expect(await (await say(sayToTorchServe, code)).json()).toMatchObject({ type });
  });

  it('names the member that was wrong', async () => {
    const said = await (await say(sayToHuggingFace, 'unknown_model')).json();
    expect(said).toEqual({ error: 'There is no such model (reference: a/b)' });
  });
});
