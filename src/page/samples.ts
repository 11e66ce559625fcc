import type { Sample } from './state.ts';

/** The bundled photographs travel in the page: a script knows no built address. */
export function writeSamples(samples: readonly Sample[]): Record<string, string> {
  return { 'data-samples': JSON.stringify(samples) };
}

export function readSamples(host: HTMLElement): readonly Sample[] {
  return JSON.parse(host.dataset.samples ?? '[]') as Sample[];
}
