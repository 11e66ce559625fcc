import type { Preprocess } from '../../../src/image/preprocess.ts';

/** Preprocessing by name, as the libraries' own evaluation code has it. */
export const PREPROCESS: Readonly<Record<string, Preprocess>> = {
  /** torchvision's V1 weights: Pillow bilinear, 256, 224. */
  torchvision: {
    version: 1,
    resize: { rule: 'short_edge', size: 256 },
    interpolation: 'pillow-bilinear',
    crop: { height: 224, width: 224 },
    mean: [123.675, 116.28, 103.53],
    std: [58.395, 57.12, 57.375],
    channels: 'rgb',
  },
  /** mmpretrain's ImageNet rows of v1b: OpenCV bilinear, not antialiased. */
  mmpretrain: {
    version: 1,
    resize: { rule: 'short_edge', size: 256 },
    interpolation: 'opencv-bilinear',
    crop: { height: 224, width: 224 },
    mean: [123.675, 116.28, 103.53],
    std: [58.395, 57.12, 57.375],
    channels: 'rgb',
  },
  /** timm's evaluation of most ResNets: floor(224 / 0.875), Pillow bicubic. */
  timm: {
    version: 1,
    resize: { rule: 'short_edge', size: 256 },
    interpolation: 'pillow-bicubic',
    crop: { height: 224, width: 224 },
    mean: [123.675, 116.28, 103.53],
    std: [58.395, 57.12, 57.375],
    channels: 'rgb',
  },
  /** mmpretrain trains on 32 x 32 RGB as it is; other pictures are brought to that size. */
  cifar10: {
    version: 1,
    resize: { rule: 'short_edge', size: 32 },
    interpolation: 'pillow-bilinear',
    crop: { height: 32, width: 32 },
    mean: [125.307, 122.961, 113.8575],
    std: [51.5865, 50.847, 51.255],
    channels: 'rgb',
  },
};
