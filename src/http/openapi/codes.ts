import type { ClassifyFailure } from '../../classify/answer.ts';
import type { ModelFailure } from '../../model/failure.ts';
import type { Models } from '../../model/models.ts';
import type { FetchFailure } from '../../net/fetch-public.ts';
import type { WebhookFailure } from '../../webhook/webhooks.ts';
import type { BodyFailure } from '../body.ts';
import type { ContentDigestFailure } from '../content-digest.ts';
import type { PictureRequestFailure } from '../pictures.ts';
import type { Code } from './answers/problem.ts';

/** A code that a room gets or loses does not compile until it stands here. */
function all<F extends { readonly code: Code }>(codes: Readonly<Record<F['code'], true>>) {
  return Object.keys(codes) as F['code'][];
}

export const BODY = all<BodyFailure>({
  body_too_large: true,
  unsupported_content_encoding: true,
  body_incomplete: true,
});

export const CONTENT_DIGEST = all<ContentDigestFailure>({
  bad_content_digest: true,
  content_digest_mismatch: true,
});

export const PICTURES = all<PictureRequestFailure | { readonly code: 'bad_base64' }>({
  bad_parameter: true,
  bad_json: true,
  bad_multipart: true,
  bad_base64: true,
  no_image: true,
  too_many_images: true,
});

export const MODEL = all<ModelFailure>({
  bad_model_name: true,
  unknown_model: true,
  model_not_added: true,
  model_invalid: true,
  model_damaged: true,
  model_unavailable: true,
});

type Session = Awaited<ReturnType<Models['session']>>;

/** Getting a model's session. */
export const SESSION = all<Extract<Session, { readonly ok: false }>['failure']>({
  bad_model_name: true,
  unknown_model: true,
  model_not_added: true,
  model_invalid: true,
  model_damaged: true,
  model_unavailable: true,
  deadline_exceeded: true,
  graph_unreadable: true,
  graph_refused: true,
  tensor_mismatch: true,
  engine_failed: true,
  engine_busy: true,
});

export const CLASSIFY = all<ClassifyFailure>({
  empty: true,
  unsupported_format: true,
  corrupt_image: true,
  too_large: true,
  bad_model_name: true,
  unknown_model: true,
  model_not_added: true,
  model_invalid: true,
  model_damaged: true,
  model_unavailable: true,
  graph_unreadable: true,
  graph_refused: true,
  tensor_mismatch: true,
  engine_failed: true,
  engine_busy: true,
  overloaded: true,
  deadline_exceeded: true,
  not_cached: true,
  no_origin: true,
  origin_unavailable: true,
});

export const FETCH = all<FetchFailure>({
  bad_url: true,
  url_too_long: true,
  bad_character: true,
  scheme: true,
  credentials: true,
  ip_literal: true,
  trailing_dot: true,
  bad_host: true,
  local_name: true,
  metadata_host: true,
  wildcard_dns: true,
  own_host: true,
  host_not_allowed: true,
  port: true,
  missing_location: true,
  bad_location: true,
  redirect_loop: true,
  too_many_redirects: true,
  bad_status: true,
  bad_content_type: true,
  private_address: true,
  no_address: true,
  fetch_timeout: true,
  fetch_failed: true,
  body_too_large: true,
});

export const WEBHOOK = all<WebhookFailure>({
  unknown_source: true,
  webhook_unauthorized: true,
  bad_webhook: true,
  body_too_large: true,
  jobs_unavailable: true,
});

/** What any address may answer. */
export const ANYWHERE = ['method_not_allowed', 'internal_error', 'misconfigured'] as const;

/** What stands before an address that asks for a key. */
export const GUARDED = ['unauthorized', 'rate_limited', ...ANYWHERE] as const;

/** Where jobs are. */
export const JOB_TABLE = ['webhooks_off', 'jobs_unavailable'] as const;
