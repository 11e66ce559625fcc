import type { Answer } from '../classify/answer.ts';
import { toRun } from './answer.ts';

/**
 * What operators see of a request's pictures, in its one line: names, codes and counts. Of several
 * pictures a name is told where all share it, and is `mixed` where they do not.
 */
export function toRunFacts(
  answers: readonly Answer[],
  failed: number,
): Record<string, string | number> {
  const computed = answers.filter(({ cache }) => cache.status !== 'hit');
  const costs = answers.map((answer) => toRun(answer).cost);
  const names = {
    model: shared(answers, ({ card }) => card.name),
    engine: shared(answers, ({ engine }) => engine),
    place: shared(answers, ({ place }) => place),
    because: shared(answers, ({ because }) => because),
    cache: shared(answers, ({ cache }) => cache.status),
    tier: shared(answers, ({ cache }) => (cache.status === 'hit' ? cache.tier : undefined)),
    format: shared(answers, ({ image }) => image.format),
  };
  const pixels = answers.reduce((sum, { image }) => sum + image.width * image.height, 0);
  return {
    ...Object.fromEntries(Object.entries(names).filter(([, name]) => name !== undefined)),
    pictures: answers.length + failed,
    hits: answers.length - computed.length,
    failed,
    at_edge: computed.filter(({ place }) => place === 'edge').length,
    at_origin: computed.filter(({ place }) => place === 'origin').length,
    cpu_ms: round(costs.reduce((sum, cost) => sum + (cost?.cpu_ms ?? 0), 0)),
    unpriced: costs.filter((cost) => cost === undefined).length,
    megapixels: round(pixels / 1e6),
  } as Record<string, string | number>;
}

function shared(
  answers: readonly Answer[],
  nameOf: (answer: Answer) => string | undefined,
): string | undefined {
  const [first, ...others] = new Set(answers.map(nameOf));
  return others.length === 0 ? first : 'mixed';
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
