import * as z from 'zod';
import { fail, ok, type Result } from '../result.ts';

/** The origin's settings, from its environment. docs/origin.md explains each. */
export interface Settings {
  readonly host: string;
  readonly port: number;
  /** `embedded`, a folder laid out as the bucket, an https address of one, or `s3`. */
  readonly models: string;
  readonly defaultModel: string;
  /** Empty: the fastest that is here. */
  readonly providers: readonly ('tensorrt' | 'cuda' | 'cpu')[];
  readonly batchMax: number;
  readonly batchDelayMs: number;
  readonly waitingMax: number;
  readonly threads: number;
  readonly residentBytesMax: number;
  readonly bodyBytesMax: number;
  readonly auth: 'none' | 'bearer' | 'hmac';
  readonly secret: string;
  readonly drainMs: number;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

export interface SettingsFailure {
  readonly code: 'misconfigured';
  readonly problems: ReadonlyArray<{ readonly setting: string; readonly fix: string }>;
}

const MIB = 1024 * 1024;

function count(min: number, max: number, fallback: number): z.ZodType<number> {
  return z
    .string()
    .regex(/^\d{1,9}$/, 'write a whole number')
    .transform(Number)
    .pipe(z.number().min(min).max(max))
    .default(fallback);
}

const schema = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: count(0, 65_535, 8788),
  ORIGIN_MODELS: z.string().min(1).default('embedded'),
  DEFAULT_MODEL: z.string().default('resnet50_keras_in1k'),
  ORIGIN_EXECUTION_PROVIDERS: z
    .string()
    .default('')
    .transform((text) => text.split(/[\s,]+/).filter((part) => part !== ''))
    .pipe(z.array(z.enum(['tensorrt', 'cuda', 'cpu']))),
  ORIGIN_BATCH_MAX: count(1, 256, 16),
  ORIGIN_BATCH_DELAY_MS: count(0, 1000, 0),
  ORIGIN_WAITING_MAX: count(1, 100_000, 256),
  ORIGIN_THREADS: count(0, 256, 0),
  ORIGIN_RESIDENT_MIB: count(64, 1_000_000, 4096),
  MAX_BODY_BYTES: count(1024, 1024 * MIB, 20 * MIB),
  ORIGIN_AUTH: z.enum(['none', 'bearer', 'hmac']).default('none'),
  ORIGIN_SECRET: z
    .string()
    .regex(/^([\x21-\x7e]{32,512})?$/, 'give 32 to 512 printable characters without spaces')
    .default(''),
  ORIGIN_DRAIN_MS: count(0, 600_000, 20_000),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});

/** Every problem is named, together; secrets are not shown. */
export function parseSettings(
  env: Readonly<Record<string, string | undefined>>,
): Result<Settings, SettingsFailure> {
  const parsed = schema.safeParse(env);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => {
      return { setting: String(path[0] ?? ''), fix: message };
    });
    return fail({ code: 'misconfigured', problems });
  }
  const given = parsed.data;
  if (given.ORIGIN_AUTH !== 'none' && given.ORIGIN_SECRET === '') {
    const fix = 'give the secret that the Worker has, or set ORIGIN_AUTH to none';
    return fail({ code: 'misconfigured', problems: [{ setting: 'ORIGIN_SECRET', fix }] });
  }
  return ok({
    host: given.HOST,
    port: given.PORT,
    models: given.ORIGIN_MODELS,
    defaultModel: given.DEFAULT_MODEL,
    providers: given.ORIGIN_EXECUTION_PROVIDERS,
    batchMax: given.ORIGIN_BATCH_MAX,
    batchDelayMs: given.ORIGIN_BATCH_DELAY_MS,
    waitingMax: given.ORIGIN_WAITING_MAX,
    threads: given.ORIGIN_THREADS,
    residentBytesMax: given.ORIGIN_RESIDENT_MIB * MIB,
    bodyBytesMax: given.MAX_BODY_BYTES,
    auth: given.ORIGIN_AUTH,
    secret: given.ORIGIN_SECRET,
    drainMs: given.ORIGIN_DRAIN_MS,
    logLevel: given.LOG_LEVEL,
  });
}
