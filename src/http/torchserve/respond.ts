import type { Failure } from '../problem.ts';
import type { AppContext } from '../services.ts';
import { tellFailure } from '../tell-failure.ts';

/** TorchServe names the exception that it threw; these are those of its own that fit. */
const BY_CODE: Partial<Readonly<Record<Failure['code'], string>>> = {
  unknown_model: 'ModelNotFoundException',
  model_not_added: 'ModelNotFoundException',
  unauthorized: 'InvalidKeyException',
};

const BY_STATUS: Readonly<Record<number, string>> = {
  404: 'ResourceNotFoundException',
  405: 'MethodNotAllowedException',
  429: 'ServiceUnavailableException',
  503: 'ServiceUnavailableException',
};

export function torchServeError(c: AppContext, failure: Failure): Response {
  const { status, message } = tellFailure(c, failure);
  const other = status >= 500 ? 'InternalServerException' : 'BadRequestException';
  const type = BY_CODE[failure.code] ?? BY_STATUS[status] ?? other;
  return c.json({ code: status, type, message }, status as 400);
}

/** There is one version of a model, and those that its graph's digest names. */
export function versionNotFound(c: AppContext, model: string, version: string): Response {
  c.set('failureCode', 'unknown_model');
  const message = `Model version: ${version} does not exist for model: ${model}`;
  return c.json({ code: 404, type: 'ModelVersionNotFoundException', message }, 404);
}
