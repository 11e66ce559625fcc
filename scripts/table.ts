import { styleText } from 'node:util';
import type { PictureAnswer } from '../src/http/openapi/answers/picture.ts';

const BAR_CELLS = 24;

/** A picture's ranked labels with their scores as bars, for a terminal. */
export function toTable(file: string, answer: PictureAnswer): string {
  const { width, height, format } = answer.image;
  const head = `${styleText('bold', file)}  ${width} x ${height} ${format}, ${answer.model}`;
  const labelCells = Math.max(...answer.predictions.map((p) => p.label.length), 0);
  const rows = answer.predictions.map((p) => {
    const percent = `${(p.score * 100).toFixed(1)} %`.padStart(7);
    return `  ${p.label.padEnd(labelCells)}  ${percent}  ${bar(p.score)}`;
  });
  return [head, ...rows].join('\n');
}

function bar(score: number): string {
  const cells = Math.round(score * BAR_CELLS);
  return styleText('cyan', '█'.repeat(cells)) + styleText('dim', '·'.repeat(BAR_CELLS - cells));
}
