import type { EnumArgDef } from 'citty';

/** Arguments that several commands take. */
export const JSON_ARGUMENT = {
  type: 'boolean',
  description: 'Print the result as JSON on stdout',
  default: false,
} as const;

export const STYLE_ARGUMENT: EnumArgDef = {
  type: 'enum',
  options: ['pytorch', 'caffe'],
  description: "Where a bottleneck's stride sits: 3x3 (pytorch) or first 1x1 (caffe)",
};

export const PREPROCESS_ARGUMENT: EnumArgDef = {
  type: 'enum',
  options: ['torchvision', 'mmpretrain', 'cifar10'],
  description: "The training library's way of resizing and normalising",
  default: 'torchvision',
};

/** A positive whole number, or undefined. */
export function parseCount(text: string): number | undefined {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}

/** `224`, or height and width as `448x320`: 1 to 4096, as a card takes them. */
export function parseSize(text: string): { height: number; width: number } | undefined {
  const [, height = '', width = height] = /^(\d{1,4})(?:x(\d{1,4}))?$/.exec(text) ?? [];
  const size = { height: Number(height), width: Number(width) };
  const fits = Object.values(size).every((edge) => edge >= 1 && edge <= 4096);
  return fits ? size : undefined;
}
