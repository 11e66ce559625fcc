export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Flat on purpose: a log line is searched by its fields. Never a picture, a key or a whole URL. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** Few values each: every combination is a series of its own. */
export type Labels = Readonly<Record<string, string>>;

/** What happened, told to whoever runs the service. A sink never fails its caller. */
export interface Telemetry {
  log(level: LogLevel, event: string, fields: LogFields): void;
  /** Adds one to a counter. */
  count(name: string, labels?: Labels): void;
  /** One value of a distribution; the unit ends its name: `picture_bytes`, `queue_ms`. */
  observe(name: string, value: number, labels?: Labels): void;
}
