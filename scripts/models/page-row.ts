import * as z from 'zod';
import type { Preprocess } from '../../src/image/preprocess.ts';
import type { CatalogueEntry } from '../../src/model/card.ts';
import { layersOf } from './network/architecture.ts';
import { networkCost } from './network/cost.ts';

const triple = z.tuple([z.number(), z.number(), z.number()]);

/** A row of mmpretrain's ResNet page with what its config says, as the facts have it. */
export const pageRow = z.object({
  name: z.string(),
  dataset: z.enum(['imagenet-1k', 'cifar10', 'cifar100', 'cub200']),
  architecture: z.object({
    depth: z.union([z.literal(18), z.literal(34), z.literal(50), z.literal(101), z.literal(152)]),
    variant: z.enum(['v1b', 'v1c', 'v1d', 'cifar']),
    style: z.enum(['pytorch', 'caffe']),
    num_classes: z.number(),
  }),
  input_size: triple,
  preprocess: z.object({
    resize: z
      .object({
        scale: z.union([z.number(), z.tuple([z.number(), z.number()])]),
        interpolation: z.enum(['bilinear', 'bicubic']),
        backend: z.enum(['cv2', 'pillow']),
      })
      .nullable(),
    mean: triple,
    std: triple,
  }),
  published: z.object({
    params_m: z.number(),
    flops_g: z.number(),
    top1: z.number(),
    top5: z.number().nullable(),
  }),
  weights: z.object({ url: z.string(), sha256_prefix: z.string() }),
  page_flags: z.array(z.object({ field: z.string(), why: z.string() })),
});

export type PageRow = z.infer<typeof pageRow>;

/** The row as an entry of our catalogue; what can be counted is counted here, not copied. */
export function toEntry(row: PageRow): CatalogueEntry {
  const { num_classes: classes, depth, variant, style } = row.architecture;
  const [, height, width] = row.input_size;
  const cost = networkCost(layersOf({ depth, variant, style, classes }), height, width);
  const { params_m, flops_g, top1, top5 } = row.published;
  return {
    name: row.name,
    dataset: row.dataset,
    architecture: { family: 'resnet', depth, variant, style },
    input: { height, width, layout: 'NCHW' },
    classes,
    preprocess: toPreprocess(row),
    labels: row.dataset,
    source: {
      from: 'url',
      title: `mmpretrain, ${row.name}`,
      url: row.weights.url,
      sha256_prefix: row.weights.sha256_prefix,
    },
    published: {
      parameters_millions: params_m,
      flops_billions: flops_g,
      top1_percent: top1,
      ...(top5 !== null && { top5_percent: top5 }),
    },
    computed: { parameters: cost.parameters, macs: cost.macs, page_flops: cost.pageFlops },
    licence: 'Apache-2.0',
    notes: notesOf(row),
  };
}

function toPreprocess({ preprocess, input_size: [, height, width] }: PageRow): Preprocess {
  const { resize, mean, std } = preprocess;
  const crop = { height, width };
  const rest = { crop, mean, std, channels: 'rgb' } as const;
  if (resize === null) {
    // Trained on pictures of that size as they are; others are brought to it.
    const short = { rule: 'short_edge', size: Math.min(height, width) } as const;
    return { version: 1, resize: short, interpolation: 'pillow-bilinear', ...rest };
  }
  const { scale, interpolation, backend } = resize;
  if (backend === 'cv2' && interpolation !== 'bilinear') {
    throw new RangeError(`page row: OpenCV's ${interpolation} is in no row of the page`);
  }
  return {
    version: 1,
    resize:
      typeof scale === 'number'
        ? { rule: 'short_edge', size: scale }
        : { rule: 'exact', height: scale[0], width: scale[1] },
    interpolation: backend === 'cv2' ? 'opencv-bilinear' : `pillow-${interpolation}`,
    ...rest,
  };
}

function notesOf(row: PageRow): readonly string[] {
  const notes = row.page_flags.map(({ field, why }) => `${field}: ${why}`);
  if (row.dataset.startsWith('cifar')) {
    notes.push(
      'Trained on 32 x 32 RGB, and the published accuracy is that of such pictures. ' +
        "mmpretrain's own inferencer, given an image file, feeds it at full size and in BGR; " +
        'here a picture is resized to 32 x 32 RGB, so the answer for a file differs from its.',
    );
  }
  if (row.name === 'resnet18_8xb16_cifar10') {
    notes.push(
      'The model that this project embeds under the name has weights of its own training.',
    );
  }
  if (row.name.includes('-rsb-')) {
    notes.push(
      'Trained with a sigmoid loss: softmax ranks classes alike, its scores are not calibrated.',
    );
  }
  if (row.name.includes('fp16')) {
    notes.push('Trained in mixed precision: the file may hold halves beside floats.');
  }
  return notes;
}
