import type { OnnxNode } from './graph.ts';
import type { Verdict } from './wire.ts';

/** Reads a node's attributes by type; what has the wrong one is refused and read as the default. */
export interface Attributes {
  int(name: string, fallback: number): number;
  float(name: string, fallback: number): number;
  ints(name: string): readonly number[] | null;
  text(name: string, fallback: string): string;
}

export function attributesOf(
  node: OnnxNode,
  known: readonly string[],
  verdict: Verdict,
): Attributes {
  for (const name of node.attributes.keys()) {
    if (!known.includes(name)) verdict.refuse('unsupported_attribute', name);
  }
  function wrong<T>(name: string, fallback: T): T {
    verdict.refuse('bad_attribute', name);
    return fallback;
  }
  return {
    int(name, fallback) {
      const found = node.attributes.get(name);
      if (found === undefined) return fallback;
      return found.type === 'int' ? found.value : wrong(name, fallback);
    },
    float(name, fallback) {
      const found = node.attributes.get(name);
      if (found === undefined) return fallback;
      return found.type === 'float' ? found.value : wrong(name, fallback);
    },
    ints(name) {
      const found = node.attributes.get(name);
      if (found === undefined) return null;
      return found.type === 'ints' ? found.value : wrong(name, null);
    },
    text(name, fallback) {
      const found = node.attributes.get(name);
      if (found === undefined) return fallback;
      return found.type === 'string' ? found.value : wrong(name, fallback);
    },
  };
}
