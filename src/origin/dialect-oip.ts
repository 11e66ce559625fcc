import { HEADER_LENGTH } from '../oip/frame.ts';
import { readInferAnswer } from '../oip/read-answer.ts';
import { writeInferRequest } from '../oip/write-request.ts';
import { fail, ok } from '../result.ts';
import { authorize } from './authorize.ts';
import { exchange, type OriginFetch } from './exchange.ts';
import type { Dialect } from './origin.ts';
import type { OriginAuth } from './sign.ts';

export interface OipOptions {
  /** Of the server, without `/v2`. */
  readonly url: string;
  readonly auth: OriginAuth;
  readonly fetch: OriginFetch;
  readonly clock: () => number;
  readonly newId: () => string;
  /** As the server's models call them. */
  readonly input: string;
  readonly output: string;
}

/**
 * Any server of the Open Inference Protocol: Triton, KServe, OpenVINO Model Server, MLServer. The
 * picture is decoded here, and its tensor sent as bytes; scores come back.
 */
export function createOipDialect(options: OipOptions): Dialect {
  return {
    name: 'oip',
    takesPictures: false,
    async ask(question, signal) {
      const tensor = await question.tensor();
      // That the picture can't be prepared is its own failure, told by whoever prepares it.
      if (!tensor.ok) return fail({ code: 'origin_mismatch' });
      const { model, classes } = question;
      const { input, output } = options;
      const id = options.newId();
      const { data: numbers, shape } = tensor.value;
      const { body, headerLength } = writeInferRequest({ id, input, output, shape, numbers });
      const url = `${options.url}/v2/models/${encodeURIComponent(model)}/infer`;
      const headers = new Headers({
        'content-type': 'application/octet-stream',
        [HEADER_LENGTH]: `${headerLength}`,
      });
      await authorize(headers, options.auth, { url, body, nowMs: options.clock() });
      const exchanged = await exchange(options.fetch, url, { headers, body, signal });
      if (!exchanged.ok) return exchanged;
      const length = exchanged.value.headers.get(HEADER_LENGTH);
      const expected = { model, id, output, classes };
      const read = readInferAnswer(exchanged.value.body, length, expected);
      return read.ok ? ok({ scores: read.value, engine: 'oip' }) : read;
    },
  };
}
