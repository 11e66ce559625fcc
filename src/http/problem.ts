import type { ClassifyFailure } from '../classify/answer.ts';
import type { FetchFailure } from '../net/fetch-public.ts';
import type { OipFailure } from '../oip/failure.ts';
import type { WebhookFailure } from '../webhook/webhooks.ts';

import type { BodyFailure } from './body.ts';
import type { ContentDigestFailure } from './content-digest.ts';
import type { PictureRequestFailure } from './pictures.ts';

/** What the HTTP room itself refuses. */
export type HttpFailure =
  | BodyFailure
  | ContentDigestFailure
  | PictureRequestFailure
  | { readonly code: 'bad_base64' }
  | { readonly code: 'unauthorized' }
  | { readonly code: 'rate_limited'; readonly retryAfterSeconds: number }
  | { readonly code: 'route_not_found' }
  | { readonly code: 'method_not_allowed'; readonly allow: string }
  | { readonly code: 'result_not_found' }
  | { readonly code: 'webhooks_off' }
  | { readonly code: 'job_not_found' }
  | WebhookFailure
  | { readonly code: 'bad_digest' }
  | { readonly code: 'misconfigured'; readonly problems?: readonly unknown[] }
  | { readonly code: 'internal_error' };

export type Failure = HttpFailure | ClassifyFailure | FetchFailure | OipFailure;

interface Problem {
  readonly status: number;
  readonly title: string;
}

/**
 * The one table from failure code to HTTP. A code that is missing here does not compile; one that
 * is missing in docs/errors.md fails a test.
 */
export const PROBLEMS = {
  // The request
  unauthorized: { status: 401, title: 'A valid API key is needed' },
  rate_limited: { status: 429, title: 'This key has used up its requests for now' },
  route_not_found: { status: 404, title: 'There is nothing at this address' },
  method_not_allowed: { status: 405, title: 'This address does not take this method' },
  body_too_large: { status: 413, title: 'The body is larger than this service reads' },
  body_incomplete: { status: 400, title: 'The body ended before all of it had arrived' },
  unsupported_content_encoding: { status: 415, title: 'Compressed bodies are not read' },
  bad_content_digest: { status: 400, title: 'Content-Digest cannot be read' },
  content_digest_mismatch: { status: 400, title: 'The body does not match its Content-Digest' },
  bad_parameter: { status: 400, title: 'A parameter is not valid' },
  bad_json: { status: 400, title: 'The JSON body is not valid' },
  bad_multipart: { status: 400, title: 'The multipart body is not valid' },
  bad_base64: { status: 400, title: 'The image is not valid base64' },
  no_image: { status: 400, title: 'The request holds no image' },
  too_many_images: { status: 413, title: 'The request holds too many images' },
  bad_inference: { status: 400, title: 'The inference request is not valid' },
  unknown_source: { status: 404, title: 'There is no such source of webhooks' },
  webhook_unauthorized: { status: 401, title: 'The event is not signed as its source signs' },
  bad_webhook: { status: 400, title: 'The event cannot be read' },
  webhooks_off: { status: 404, title: 'This service takes no webhooks' },
  job_not_found: { status: 404, title: 'There is no such job' },
  bad_digest: { status: 400, title: 'A digest is 64 lower-case hexadecimal digits' },
  // The picture
  empty: { status: 400, title: 'The image has no bytes' },
  unsupported_format: { status: 415, title: 'This image format is not supported' },
  corrupt_image: { status: 422, title: 'The image is damaged or ends before its data does' },
  too_large: { status: 413, title: 'The image is larger than this service decodes' },
  // A picture's address
  bad_url: { status: 400, title: 'This is not a URL that can be fetched' },
  url_too_long: { status: 400, title: 'The URL is longer than is fetched' },
  bad_character: { status: 400, title: 'The URL holds a character that does not belong there' },
  scheme: { status: 400, title: 'Only https is fetched' },
  credentials: { status: 400, title: 'The URL holds a name or a password' },
  ip_literal: { status: 400, title: 'The URL names an address instead of a host' },
  trailing_dot: { status: 400, title: 'The host ends with a dot' },
  bad_host: { status: 400, title: 'The host is not a public DNS name' },
  local_name: { status: 400, title: 'The host is a local name' },
  metadata_host: { status: 400, title: 'The host is a cloud metadata service' },
  wildcard_dns: { status: 400, title: 'The host is a name that may stand for any address' },
  own_host: { status: 400, title: 'The host is this service itself' },
  host_not_allowed: { status: 400, title: 'Pictures are not fetched from this host' },
  port: { status: 400, title: 'Pictures are not fetched from this port' },
  missing_location: { status: 422, title: 'A redirect leads nowhere' },
  bad_location: { status: 422, title: 'A redirect leads to something that is not a URL' },
  redirect_loop: { status: 422, title: 'The redirects go in a circle' },
  too_many_redirects: { status: 422, title: 'There are more redirects than are followed' },
  bad_status: { status: 422, title: 'The address did not answer with the picture' },
  bad_content_type: { status: 415, title: 'What the address answered is not an image' },
  private_address: { status: 400, title: 'The host leads to an address that is not public' },
  no_address: { status: 422, title: 'The host leads to no address' },
  fetch_timeout: { status: 422, title: 'The picture did not come in time' },
  fetch_failed: { status: 422, title: 'The picture could not be fetched' },
  // The model
  unknown_model: { status: 404, title: 'There is no such model' },
  model_not_added: {
    status: 404,
    title: 'This model is in the catalogue, but has not been added here',
  },
  bad_model_name: { status: 400, title: 'This is not a model name' },
  model_damaged: { status: 503, title: "The model's stored bytes are not those of its digest" },
  model_invalid: { status: 503, title: "The model's card is not valid" },
  model_unavailable: { status: 503, title: 'The model store does not answer' },
  // The engine
  graph_unreadable: { status: 503, title: "The model's bytes did not reach the engine" },
  graph_refused: { status: 503, title: 'No engine here runs this graph' },
  tensor_mismatch: { status: 503, title: "The card and the graph disagree on the input's shape" },
  engine_failed: { status: 503, title: 'The engine failed; it starts afresh for the next request' },
  engine_busy: { status: 503, title: 'The engine has as much waiting as it takes' },
  // The answer
  not_cached: { status: 504, title: 'There is no kept answer, and only a kept one was wanted' },
  result_not_found: { status: 404, title: 'There is no kept answer for this image and model' },
  no_origin: { status: 400, title: 'No origin is configured to answer this' },
  origin_unavailable: { status: 503, title: 'Only the origin could answer, and it did not' },
  jobs_unavailable: { status: 503, title: 'The job table does not answer at the moment' },
  deadline_exceeded: { status: 504, title: 'The deadline passed before there was an answer' },
  overloaded: { status: 503, title: 'Too much is going on here at the moment' },
  misconfigured: { status: 500, title: 'The service is not configured correctly' },
  internal_error: { status: 500, title: 'Something went wrong here' },
} as const satisfies Readonly<Record<Failure['code'], Problem>>;

export function isProblemCode(code: string): code is Failure['code'] {
  return Object.hasOwn(PROBLEMS, code);
}
