import type { Meter } from './units.ts';

/** GetObject and HeadObject are class B, PutObject is class A; a delete is free. */
export function meterBucket(bucket: R2Bucket, meter: Meter): R2Bucket {
  const counted: Readonly<Record<string, keyof Meter>> = {
    get: 'r2Reads',
    head: 'r2Reads',
    put: 'r2Writes',
    list: 'r2Writes',
  };
  return new Proxy(bucket, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      const unit = counted[String(name)];
      return (...given: unknown[]) => {
        if (unit !== undefined) meter[unit]++;
        return member.apply(target, given);
      };
    },
  });
}

export function meterQueue(queue: Queue, meter: Meter): Queue {
  return {
    metrics: () => queue.metrics(),
    send(body, options) {
      meter.messages++;
      return queue.send(body, options);
    },
    sendBatch(messages, options) {
      const all = [...messages];
      meter.messages += all.length;
      return queue.sendBatch(all, options);
    },
  };
}

/** Rows as D1 itself reports them, indexes included. */
export function meterDatabase(db: D1Database, meter: Meter): D1Database {
  const plain = new WeakMap<D1PreparedStatement, D1PreparedStatement>();

  function note<T>(result: D1Result<T>): D1Result<T> {
    meter.rowsRead += result.meta.rows_read;
    meter.rowsWritten += result.meta.rows_written;
    return result;
  }

  function wrap(statement: D1PreparedStatement): D1PreparedStatement {
    const wrapped = new Proxy(statement, {
      get(target, name) {
        if (name === 'bind') return (...values: unknown[]) => wrap(target.bind(...values));
        if (name === 'run' || name === 'all') return async () => note(await target.all());
        if (name !== 'first') throw new Error(`the meter has no ${String(name)}`);
        return async () => note(await target.all()).results[0] ?? null;
      },
    });
    plain.set(wrapped, statement);
    return wrapped;
  }

  return new Proxy(db, {
    get(target, name) {
      if (name === 'prepare') return (sql: string) => wrap(target.prepare(sql));
      if (name !== 'batch') throw new Error(`the meter has no ${String(name)}`);
      return async (statements: D1PreparedStatement[]) =>
        (await target.batch(statements.map((one) => plain.get(one) ?? one))).map(note);
    },
  });
}
