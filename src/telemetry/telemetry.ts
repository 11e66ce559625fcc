export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Flat on purpose: a log line is searched by its fields. Never a picture, a key or a whole URL. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** What happened, told to whoever runs the service. A sink never fails its caller. */
export interface Telemetry {
  log(level: LogLevel, event: string, fields: LogFields): void;
  /** Adds one to a counter; labels have few values each. */
  count(name: string, labels?: Readonly<Record<string, string>>): void;
}
