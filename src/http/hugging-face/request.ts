import type * as z from 'zod';
import { fail, ok, type Result } from '../../result.ts';
import { decodeBase64OrDataUrl } from '../base64.ts';
import type { Asked } from '../classify-body.ts';
import { looksLikeJson, parseJson } from '../json-body.ts';
import type { Failure } from '../problem.ts';
import { type imageClassificationParameters, imageClassificationRequest } from './schema.ts';

export type Parameters = z.infer<typeof imageClassificationParameters>;

/**
 * A picture's bytes as they are, or JSON with the picture in base64 and parameters beside it.
 * `fresh`: a header said already that no kept answer is wanted.
 */
export function readRequest(body: Uint8Array, fresh = false): Result<Asked<Parameters>, Failure> {
  if (!looksLikeJson(body)) return ok({ picture: body, wish: {}, fresh });
  const value = parseJson(body);
  if (!value.ok) return value;
  const request = imageClassificationRequest.safeParse(value.value);
  if (!request.success) return fail(toFailure(request.error, value.value));
  const { inputs, parameters, options } = request.data;
  const picture = decodeBase64OrDataUrl(inputs);
  if (picture === undefined) return fail({ code: 'bad_base64' });
  const again = fresh || options?.use_cache === false;
  return ok({ picture, wish: parameters ?? {}, fresh: again });
}

function toFailure({ issues: [issue] }: z.ZodError, value: unknown): Failure {
  if (typeof value === 'object' && value !== null && !('inputs' in value)) {
    return { code: 'no_image' };
  }
  const name = issue?.path.join('.') ?? '';
  return { code: 'bad_parameter', name, detail: issue?.message ?? 'not valid' };
}
