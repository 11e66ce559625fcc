/** `Runtime.getHeapUsage`, in bytes. It does not count WebAssembly memories. */
export interface HeapUsage {
  readonly usedSize: number;
  readonly totalSize: number;
  readonly backingStorageSize: number;
}

/** One Worker's isolate, asked over its inspector. */
export interface HeapProbe {
  read(): Promise<HeapUsage>;
  /** Collects garbage first: what is then there is in use. */
  readCollected(): Promise<HeapUsage>;
  close(): void;
}

const ANSWER_WITHIN_MS = 60_000;

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
    waiting.delete(id ?? 0);
  });
  let lastId = 0;
  function ask(method: string): Promise<HeapUsage> {
    const id = ++lastId;
    socket.send(JSON.stringify({ id, method }));
    return new Promise((resolve, reject) => {
      const late = () => reject(new Error(`${worker}: its inspector does not answer`));
      const timer = setTimeout(late, ANSWER_WITHIN_MS);
      waiting.set(id, (usage) => {
        clearTimeout(timer);
        resolve(usage);
      });
    });
  }
  const read = () => ask('Runtime.getHeapUsage');
  return {
    read,
    async readCollected() {
      await ask('HeapProfiler.collectGarbage');
      return read();
    },
    close: () => socket.close(),
  };
}
