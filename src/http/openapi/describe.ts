import * as z from 'zod';
import { cardObject, catalogueEntryObject } from '../../model/card.ts';
import { jobsQuerySchema } from '../jobs-route.ts';
import { parametersSchema } from '../parameters.ts';
import { workersAiAnswer, workersAiError } from '../workers-ai/schema.ts';

/**
 * Words for the fields of schemas that the Worker validates with. They stand here, and not there,
 * because the Worker would carry them for nothing.
 */
export function describeFields(): void {
  describe(parametersSchema.shape, {
    model: 'A name, `name@sha256:<digest>` or the digest of a graph; the service has a default',
    top_k: 'Labels in the answer',
    min_score: 'Leaves out labels below it',
    engine: 'Where it should run; without it the service decides',
    logits: "Adds every class's score before softmax",
    timeout_ms: 'How long the caller waits, in milliseconds',
  });
  describe(jobsQuerySchema.shape, {
    source: 'Of this source alone',
    state: 'In this state alone',
    cursor: 'What `next` of the page before said',
    limit: 'Jobs in a page',
  });
  describe(cardObject.shape, {
    name: 'Lower case, as mmpretrain names it',
    input: 'Of the graph, in pixels',
    preprocess: 'What is done to a picture before the graph sees it',
    labels: 'Name of the label list',
    bytes: 'Of the graph',
    source: 'Where the weights came from',
    accuracy: 'Measured on the served file',
    calibration: 'How its integers were fitted',
    cost: 'Measured, for each engine',
    cascade: 'Models asked one after the other, until one is sure',
  });
  describe(catalogueEntryObject.shape, {
    dataset: 'What it was trained on',
    source: 'Where its weights are',
    published: 'As its page prints it',
    computed: 'Counted on the network',
  });
  // Digests are checked by a function of ours, of which no document can tell.
  z.globalRegistry.add(cardObject.shape.graph, {
    description: 'SHA-256 in lower-case hexadecimal',
    pattern: '^[0-9a-f]{64}$',
  });
  // The library knows no list of nothing.
  const { errors, messages } = workersAiAnswer.shape;
  for (const empty of [errors, messages, workersAiError.shape.messages]) {
    z.globalRegistry.add(empty, { type: 'array', maxItems: 0 });
  }
}

function describe<Shape extends Readonly<Record<string, z.ZodType>>>(
  shape: Shape,
  words: { readonly [Name in keyof Shape]?: string },
): void {
  for (const [name, description] of Object.entries<string | undefined>(words)) {
    const schema = shape[name];
    if (schema !== undefined && description !== undefined) {
      z.globalRegistry.add(schema, { description });
    }
  }
}
