import type { ObjectFailure, ObjectStore } from '../model/objects.ts';
import { fail, type Result } from '../result.ts';

/** An origin reads models and publishes none. */
export function readOnly(): Pick<ObjectStore, 'put' | 'putOnce'> {
  const refuse = async (key: string): Promise<Result<never, ObjectFailure>> => {
    return fail({ code: 'model_unavailable', detail: `${key}: this store is read only` });
  };
  return { put: refuse, putOnce: refuse };
}
