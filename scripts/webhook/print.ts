import type { PictureAnswer } from '../../src/http/openapi/answers/picture.ts';
import { toTable } from '../table.ts';

/** What became of one picture, in a callback or a job. */
export interface Outcome {
  readonly reference: string;
  readonly answer?: PictureAnswer | undefined;
  readonly failure?: { readonly code?: string } | undefined;
}

/** A table of labels as `npm start` shows it, or the code of what went wrong. */
export function toOutcomeText({ reference, answer, failure }: Outcome): string {
  if (answer !== undefined) return toTable(reference, answer);
  return `${reference}  ${failure?.code ?? 'nothing yet'}`;
}
