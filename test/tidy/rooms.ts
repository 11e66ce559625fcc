/**
 * Who may import whom: the table of docs/architecture.md as data. A room's own files and the leaf
 * files below are open to it without a grant.
 */
export interface Grant {
  readonly room: string;
  /** `types`: only `import type`, so that nothing of the room is bundled or run. */
  readonly what: 'all' | 'types';
}

function all(...rooms: string[]): Grant[] {
  return rooms.map((room) => ({ room, what: 'all' }));
}

function types(...rooms: string[]): Grant[] {
  return rooms.map((room) => ({ room, what: 'types' }));
}

export const ROOMS: Readonly<Record<string, readonly Grant[]>> = {
  // The routes write logs through telemetry's interface; its sinks are wired by worker.ts.
  http: [...all('classify', 'model', 'page', 'net', 'oip', 'telemetry'), ...types('webhook')],
  page: [],
  classify: [...all('image', 'model', 'cache', 'origin'), ...types('engine')],
  image: [],
  onnx: [],
  engine: all('onnx'),
  // The entries of models that can be added are bundled as they lie in models/catalog.
  model: [...all('onnx', 'catalog'), ...types('engine')],
  cache: [],
  origin: [...all('oip'), ...types('engine')],
  webhook: [...all('net'), ...types('classify')],
  net: [],
  // Documents of the Open Inference Protocol: its server reads what its client writes.
  oip: [],
  warm: all('classify', 'model', 'cache'),
  telemetry: [],
  container: all('classify', 'image', 'engine', 'model', 'http', 'cache', 'origin', 'telemetry'),
  config: [],
  /** models/catalog: data. */
  catalog: [],
};

/** Files that every room may import. */
export const LEAVES: ReadonlySet<string> = new Set(['src/result.ts', 'src/digest.ts']);

/** Kernels, compiled from a room's own `assembly/`. */
const BUILT = 'build/';

/** Entries of published models: data that code may import. */
const CATALOGUE = 'models/catalog/';

/** Wires all rooms, and alone reads the configuration. */
export const WORKER = 'src/worker.ts';

/** `worker`, `leaf`, `catalog`, `config`, a room of src, `scripts`, `test`; all else is `data`. */
export function roomOf(path: string): string {
  if (path === WORKER) return 'worker';
  if (LEAVES.has(path) || path.startsWith(BUILT)) return 'leaf';
  if (path.startsWith(CATALOGUE)) return 'catalog';
  const [top = '', second = ''] = path.split('/');
  if (top !== 'src') return top === 'scripts' || top === 'test' ? top : 'data';
  return second.replace(/\.(d\.)?ts$/, '');
}
