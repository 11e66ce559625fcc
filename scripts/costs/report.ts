import type { ModelCard } from '../../src/model/card.ts';
import { FIGURES } from './figures.ts';
import { breakEvenCpuMs, eventCost, millionCost, type Place } from './million.ts';
import { PRICES, type Price, READ } from './prices.ts';

const KEPT = [0, 0.5, 0.9, 0.99];
const PLACES: readonly Place[] = ['edge', 'origin'];

/** What `npm run costs` prints and docs/costs.md shows: tables in Markdown. */
export function toReport(cards: readonly ModelCard[]): string {
  const millions = cards.flatMap((card) =>
    PLACES.flatMap((place) => KEPT.map((kept) => millionRow(card, place, kept))),
  );
  return [
    table(
      [
        'model',
        'where',
        'kept',
        'requests',
        'CPU',
        'origin',
        'all',
        'all, worldwide',
        'Workers AI',
      ],
      millions.filter((row) => row !== undefined),
    ),
    `A picture costs what Workers AI's ResNet-50 does at ${breakEvenCpuMs().toFixed(1)} CPU-ms; ` +
      `with look-up and decoding, these models take ${cards.map(pictureMs).join(' and ')}.`,
    table(
      ['a million events', 'requests', 'CPU', 'queues', 'D1', 'all'],
      cards.map(eventRow).filter((row) => row !== undefined),
    ),
    table(['price', 'for a', 'the plan holds a month', `page (${READ})`], prices()),
  ].join('\n\n');
}

function millionRow(card: ModelCard, place: Place, kept: number): string[] | undefined {
  const cost = millionCost(card, place, kept);
  if (cost === undefined) return undefined;
  const { requests, cpu, origin, all, worldwide, workersAi } = cost;
  const compared = card.labels === 'imagenet-1k' ? usd(workersAi) : '';
  const figures = [requests, cpu, origin, all, worldwide].map(usd);
  return [`\`${card.name}\``, place, `${Math.round(kept * 100)} %`, ...figures, compared];
}

function eventRow(card: ModelCard): string[] | undefined {
  const cost = eventCost(card);
  if (cost === undefined) return undefined;
  const { requests, cpu, queues, d1, all } = cost;
  return [`\`${card.name}\``, ...[requests, cpu, queues, d1, all].map(usd)];
}

function pictureMs(card: ModelCard): string {
  const cpu = millionCost(card, 'edge', 0)?.cpu ?? Number.NaN;
  return `${(cpu / PRICES.cpu.usd).toFixed(1)} (\`${card.name}\`)`;
}

function prices(): string[][] {
  return Object.values<Price>(PRICES).map(({ usd: price, per, included = '', source }) => {
    const page = source.includes('.') ? source : `developers.cloudflare.com/${source}`;
    return [`$${price}`, per, included, page];
  });
}

function usd(value: number): string {
  return value === 0 ? '' : value.toFixed(2);
}

function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

/** The same as data. */
export function toData(cards: readonly ModelCard[]): object {
  const millions = cards.flatMap(({ name, ...card }) =>
    PLACES.flatMap((place) =>
      KEPT.map((kept) => ({
        model: name,
        place,
        kept,
        usd_per_million: millionCost({ ...card, name }, place, kept),
      })),
    ),
  );
  const events = cards.map((card) => ({ model: card.name, usd_per_million: eventCost(card) }));
  return { read: READ, prices: PRICES, figures: FIGURES, millions, events };
}
