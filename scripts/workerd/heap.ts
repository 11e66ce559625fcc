/** `Runtime.getHeapUsage`, in bytes. It does not count WebAssembly memories. */
export interface HeapUsage {
  readonly usedSize: number;
  readonly totalSize: number;
  readonly backingStorageSize: number;
}

/** One Worker's isolate, asked over its inspector; undefined where it does not answer in time. */
export interface HeapProbe {
  /** Garbage included: workerd's inspector does not answer HeapProfiler.collectGarbage. */
  read(): Promise<HeapUsage | undefined>;
  close(): void;
}

/** A busy isolate answers between two pieces of work; one look less is no harm. */
const ANSWER_WITHIN_MS = 15_000;

/** workerd names a Worker's inspector after its service. */
export async function openHeapProbe(inspector: string, worker: string): Promise<HeapProbe> {
  const url = `${inspector.replace(/^http/, 'ws')}/core:user:${worker}`;
  // workerd refuses inspectors without an Origin; Node's WebSocket takes headers here.
  const options = { headers: { Origin: 'http://localhost' } } as object as string[];
  const socket = new WebSocket(url, options);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error(`${worker}: no inspector`)));
  });
  const waiting = new Map<number, (usage: HeapUsage) => void>();
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id?: number; result: HeapUsage };
    waiting.get(id ?? 0)?.(result);
  });
  let lastId = 0;
  function read(): Promise<HeapUsage | undefined> {
    const id = ++lastId;
    socket.send(JSON.stringify({ id, method: 'Runtime.getHeapUsage' }));
    return new Promise((resolve) => {
      const settle = (usage: HeapUsage | undefined) => {
        clearTimeout(timer);
        waiting.delete(id);
        resolve(usage);
      };
      const timer = setTimeout(() => settle(undefined), ANSWER_WITHIN_MS);
      waiting.set(id, settle);
    });
  }
  return { read, close: () => socket.close() };
}
