import { InferenceSession } from 'onnxruntime-node';
import { writeOnnx } from '../../onnx/write.ts';
import { fail, ok, type Result } from '../../result.ts';

/** Execution providers of ONNX Runtime that an origin uses, the fastest first. */
export const PROVIDERS = ['tensorrt', 'cuda', 'cpu'] as const;
export type Provider = (typeof PROVIDERS)[number];

export interface ProviderFailure {
  readonly code: 'provider_missing';
  readonly provider: Provider;
  readonly reason: string;
}

/**
 * The providers that sessions are made with, in order. Named ones must all be here: a GPU origin
 * never is a CPU origin in silence. Without names the fastest that is here, proven by a session.
 */
export async function chooseProviders(
  named: readonly Provider[],
): Promise<Result<readonly Provider[], ProviderFailure>> {
  for (const provider of named) {
    const reason = await probe(provider);
    if (reason !== undefined) return fail({ code: 'provider_missing', provider, reason });
  }
  if (named.length > 0) return ok(named);
  for (const provider of PROVIDERS) {
    if ((await probe(provider)) === undefined) return ok([provider]);
  }
  return fail({ code: 'provider_missing', provider: 'cpu', reason: 'no provider runs here' });
}

/** Undefined where it runs the smallest graph there is, else why not. */
async function probe(provider: Provider): Promise<string | undefined> {
  try {
    const session = await InferenceSession.create(identity(), { executionProviders: [provider] });
    await session.release();
    return undefined;
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return message.replace(/\s+/g, ' ').slice(0, 300);
  }
}

/** y = relu(x): an operator that every provider has. */
function identity(): Uint8Array {
  const value = (name: string) => ({ name, type: 'float32', dims: [1] }) as const;
  const relu = { name: 'r', op: 'Relu', inputs: ['x'], outputs: ['y'], attributes: new Map() };
  const graph = {
    name: 'probe',
    nodes: [relu],
    initializers: [],
    inputs: [value('x')],
    outputs: [value('y')],
  };
  return writeOnnx({ irVersion: 8, opset: 17, producer: 'razorbill', graph, metadata: {} });
}
