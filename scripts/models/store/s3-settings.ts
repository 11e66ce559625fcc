import { fail, ok, type Result } from '../../../src/result.ts';

/** One bucket behind an endpoint of the S3 API, addressed by path: `<endpoint>/<bucket>/<key>`. */
export interface S3Settings {
  /** Without a slash at the end. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export type S3SettingsFailure =
  | { readonly code: 'missing_setting'; readonly settings: readonly string[] }
  | { readonly code: 'bad_setting'; readonly setting: string; readonly why: string };

const NEEDED = ['S3_ENDPOINT', 'S3_BUCKET', 'S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'] as const;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** From the environment; `S3_REGION` is `auto` unless set, as R2 has it. */
export function readS3Settings(
  env: Readonly<Record<string, string | undefined>>,
): Result<S3Settings, S3SettingsFailure> {
  const settings = NEEDED.filter((name) => (env[name] ?? '') === '');
  if (settings.length > 0) return fail({ code: 'missing_setting', settings });
  const [endpoint, bucket, accessKeyId, secretAccessKey] = NEEDED.map((name) => env[name]!.trim());
  const url = URL.parse(endpoint!);
  if (url === null || (url.protocol !== 'https:' && !isThisMachine(url))) {
    const why = 'an https address, such as https://<account id>.r2.cloudflarestorage.com';
    return fail({ code: 'bad_setting', setting: 'S3_ENDPOINT', why });
  }
  if (!BUCKET.test(bucket!)) {
    return fail({ code: 'bad_setting', setting: 'S3_BUCKET', why: "a bucket's name" });
  }
  return ok({
    endpoint: endpoint!.replace(/\/+$/, ''),
    bucket: bucket!,
    region: env.S3_REGION || 'auto',
    accessKeyId: accessKeyId!,
    secretAccessKey: secretAccessKey!,
  });
}

/** Plain http would send what the signature protects, but not the content, in the open. */
function isThisMachine(url: URL): boolean {
  const hosts = ['localhost', '127.0.0.1', '[::1]'];
  return url.protocol === 'http:' && hosts.includes(url.hostname);
}
