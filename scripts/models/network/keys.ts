import type { Tensors } from '../checkpoint/tensor.ts';

/** Where a library keeps the parts of the network in its state dict. */
export interface KeyScheme {
  /** torchvision's keys are timm's too; only a deep stem tells that it is timm's. */
  readonly library: 'mmpretrain' | 'torchvision_or_timm' | 'timm';
  readonly body: string;
  readonly head: string;
}

/** State dict keys of one convolution and the batch norm behind it. */
export interface UnitKeys {
  readonly weight: string;
  /** With its dot: `bn1.`. */
  readonly norm: string;
}

export function keyScheme(tensors: Tensors): KeyScheme {
  let deep = false;
  for (const key of tensors.keys()) {
    if (key.startsWith('backbone.') || key.startsWith('head.')) {
      return { library: 'mmpretrain', body: 'backbone.', head: 'head.fc.' };
    }
    if (/^conv1\.\d+\./.test(key)) deep = true;
  }
  return { library: deep ? 'timm' : 'torchvision_or_timm', body: '', head: 'fc.' };
}

/** Keys of the convolution called `layer` in our network. */
export function unitKeys(scheme: KeyScheme, layer: string, tensors: Tensors): UnitKeys {
  const { body } = scheme;
  if (layer === 'stem') return { weight: `${body}conv1.weight`, norm: `${body}bn1.` };
  if (layer.startsWith('stem.')) return deepStemKeys(scheme, Number(layer.slice('stem.'.length)));
  if (layer.endsWith('.downsample')) return shortcutKeys(`${body}${layer}`, tensors);
  return { weight: `${body}${layer}.weight`, norm: `${body}${layer.replace('.conv', '.bn')}.` };
}

function deepStemKeys({ body, library }: KeyScheme, index: number): UnitKeys {
  if (library === 'mmpretrain') {
    return { weight: `${body}stem.${index}.conv.weight`, norm: `${body}stem.${index}.bn.` };
  }
  // timm: conv 0, bn 1, relu 2, conv 3, bn 4, relu 5, conv 6; the last batch norm is outside.
  const norm = index === 2 ? 'bn1.' : `conv1.${3 * index + 1}.`;
  return { weight: `conv1.${3 * index}.weight`, norm };
}

/**
 * The shortcut's convolution stands at index 0, or at 1 where a pool or an identity comes first
 * (v1d; timm in every stage, mmpretrain only where the stride is 2): its weight has four
 * dimensions.
 */
function shortcutKeys(prefix: string, tensors: Tensors): UnitKeys {
  const index = tensors.get(`${prefix}.1.weight`)?.shape.length === 4 ? 1 : 0;
  return { weight: `${prefix}.${index}.weight`, norm: `${prefix}.${index + 1}.` };
}
