import type { OverloadedFailure } from '../classify/reservations.ts';
import { huggingFaceError } from './hugging-face/respond.ts';
import { oipError } from './oip/respond.ts';
import { problem } from './respond.ts';
import type { AppContext } from './services.ts';
import { torchServeError } from './torchserve/respond.ts';
import { workersAiError } from './workers-ai/respond.ts';

/** Where pictures come in, and how the dialect that is spoken there says no. */
export interface Entrance {
  readonly methods: readonly string[];
  readonly path: string;
  readonly refuse: (c: AppContext, failure: OverloadedFailure) => Response;
}

const POST = ['POST'] as const;
/** `curl -T` sends PUT, which TorchServe takes. */
const POST_OR_PUT = ['POST', 'PUT'] as const;

export const ENTRANCES: readonly Entrance[] = [
  { methods: POST, path: '/v1/classify', refuse: problem },
  { methods: POST, path: '/v2/models/:model/infer', refuse: oipError },
  { methods: POST, path: '/v2/models/:model/versions/:version/infer', refuse: oipError },
  { methods: POST, path: '/', refuse: huggingFaceError },
  { methods: POST, path: '/models/:model{.+}', refuse: huggingFaceError },
  { methods: POST, path: '/client/v4/accounts/:account/ai/run/*', refuse: workersAiError },
  { methods: POST_OR_PUT, path: '/predictions/*', refuse: torchServeError },
];
