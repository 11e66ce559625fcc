import { defineCommand } from 'citty';
import { fail, ok, type Result } from '../../../src/result.ts';
import {
  compareEmbedded,
  describeComparison,
  type EmbeddedComparison,
} from '../add/compare-embedded.ts';
import { type Made, type MakeFailure, type MakeOptions, makeModel } from '../add/make-model.ts';
import type { PicturesWish } from '../add/pictures.ts';
import { type SpecificationFailure, specify, type Wish } from '../add/specification.ts';
import { METHODS } from '../calibrate/range.ts';
import { findEntry } from '../catalogue.ts';
import { formatEvaluation } from '../evaluate/evaluate.ts';
import { JSON_ARGUMENT, parseCount, STYLE_ARGUMENT } from './arguments.ts';
import { askFor, canAsk } from './ask.ts';
import { BUCKET_ARGUMENT, checkBucket } from './bucket.ts';
import { parseStyle } from './float-model.ts';
import { printFailure, printResult, progress } from './outcome.ts';
import { CACHE, fromCaller } from './paths.ts';
import { FROM_ARGUMENT, pullOptions, SHA256_ARGUMENT } from './pull.ts';
import { describePush, pushModel } from './push.ts';

export const add = defineCommand({
  meta: {
    name: 'add',
    description: 'Pull, convert, quantize, evaluate and push, in one go; resumes where it was',
  },
  args: {
    name: { type: 'positional', required: true, description: 'An entry of list, or your own name' },
    from: FROM_ARGUMENT,
    sha256: SHA256_ARGUMENT,
    labels: {
      type: 'string',
      description: 'Class names: a file with one a line, JSON, or a list of models/labels',
    },
    preprocess: {
      type: 'string',
      description: 'mmpretrain, torchvision, timm, cifar10, or JSON as cards have it',
    },
    style: STYLE_ARGUMENT,
    licence: { type: 'string', description: 'Of the weights, for the card' },
    calibrate: {
      type: 'string',
      description: 'Pictures for the ranges (or cifar10); else data-free',
    },
    images: { type: 'string', description: 'A folder with labels.csv to evaluate on, or cifar10' },
    pictures: { type: 'string', description: 'At most this many of each', default: '1024' },
    method: { type: 'enum', options: [...METHODS], description: 'How ranges are chosen' },
    gates: {
      type: 'boolean',
      description: '--no-gates: take the graph even where it is far off on the pictures',
      default: true,
    },
    bucket: BUCKET_ARGUMENT,
    push: { type: 'boolean', description: '--no-push: make it and leave it', default: true },
    json: JSON_ARGUMENT,
  },
  async run({ args }) {
    const picturesMax = parseCount(args.pictures);
    if (picturesMax === undefined) {
      return printFailure(args.json, { code: 'bad_argument', pictures: args.pictures }, 2);
    }
    // Now, and not after an hour of work.
    const settings = args.push ? checkBucket(args.bucket) : ok(undefined);
    if (!settings.ok) return printFailure(args.json, settings.failure);
    const { name, from, sha256, labels, preprocess, licence } = args;
    const style = parseStyle(args.style);
    const wish: Wish = { name, from, sha256, labels, preprocess, licence, style };
    const options = makeOptions(args, picturesMax);
    const made = await makeAsking(wish, options, args.json);
    if (!made.ok) return printFailure(args.json, made.failure);
    const { evaluation, ...publication } = made.value;
    if (evaluation !== undefined && !args.json) console.error(formatEvaluation(evaluation));
    const comparison = await compareEmbedded(publication);
    if (comparison !== undefined) say(`compared    ${describeComparison(comparison)}`);
    if (args.push === false) return report(args.json, made.value, comparison, undefined);
    const pushed = await pushModel(args.bucket, publication);
    if (!pushed.ok) return printFailure(args.json, pushed.failure);
    say(describePush(pushed.value.place, pushed.value.card));
    report(args.json, made.value, comparison, pushed.value.place);
  },
});

function makeOptions(
  args: {
    readonly calibrate?: string | undefined;
    readonly images?: string | undefined;
    readonly method?: string | undefined;
    readonly gates?: boolean | undefined;
  },
  picturesMax: number,
): MakeOptions {
  const pictures = (text: string | undefined): PicturesWish | undefined => {
    if (text === undefined) return undefined;
    return { from: text === 'cifar10' ? text : fromCaller(text), picturesMax, cache: CACHE };
  };
  return {
    cache: CACHE,
    pull: pullOptions(),
    calibration: pictures(args.calibrate),
    evaluation: pictures(args.images),
    method: METHODS.find((method) => method === args.method),
    gates: args.gates !== false,
    reporter: { say, progress },
  };
}

/** On a terminal asks for what the weights do not tell; elsewhere that is a failure. */
async function makeAsking(
  wish: Wish,
  options: MakeOptions,
  json: boolean,
): Promise<Result<Made, AddFailure>> {
  const entry = findEntry(wish.name);
  const known = entry.ok ? entry.value : undefined;
  // From, labels, preprocess and style: each is asked for once at most.
  const QUESTIONS_MAX = 4;
  let answered = wish;
  for (let questions = 0; ; questions++) {
    const specification = specify(answered, known, fromCaller);
    const made = specification.ok ? await makeModel(specification.value, options) : specification;
    if (made.ok || made.failure.code !== 'option_needed') return made;
    if (json || !canAsk() || questions === QUESTIONS_MAX) return made;
    const answer = await askFor(made.failure);
    if (answer === undefined) return fail({ code: 'cancelled' });
    answered = { ...answered, ...answer };
  }
}

type AddFailure = SpecificationFailure | MakeFailure | { readonly code: 'cancelled' };

function report(
  json: boolean,
  { card, evaluation }: Made,
  comparison: EmbeddedComparison | undefined,
  place: string | undefined,
): void {
  const { name, graph, bytes, calibration } = card;
  const facts = { name, graph, bytes, calibration, evaluation, embedded: comparison, place };
  const next =
    place === undefined
      ? `npm run models -- push ${name}`
      : `npm start -- --model ${name} photo.jpg`;
  printResult(json, facts, `${name} is ready: ${next}`);
}

function say(line: string): void {
  console.error(line);
}
