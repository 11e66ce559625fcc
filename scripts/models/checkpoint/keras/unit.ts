/** Which convolution of a ResNet a layer is, or belongs to, by its name in Keras. */
export interface KerasUnit {
  /** Our own name: `stem`, `layer1.0.conv2`, `layer3.0.downsample`. */
  readonly unit: string;
  /** Of the convolution, in the network that Keras publishes: the stride sits on the first 1x1. */
  readonly stride: 1 | 2;
}

/**
 * Keras has named its ResNets in two ways. Until 2.2: `conv1`, `bn_conv1`, `res2a_branch2a`,
 * `bn2a_branch2a`, with branch 1 the shortcut. Since (keras-applications 1.0.8): `conv1_conv`,
 * `conv1_bn`, `conv2_block1_1_conv`, `conv2_block1_1_bn`, with 0 the shortcut. Both count
 * stages from 2, and the stem is stage 1.
 */
export function kerasUnit(layer: string): KerasUnit | undefined {
  if (/^(conv1|bn_conv1|conv1_conv|conv1_bn)$/.test(layer)) return { unit: 'stem', stride: 2 };
  const old = /^(?:res|bn)([2-5])([a-z])_branch(1|2a|2b|2c)$/.exec(layer);
  if (old !== null) {
    const [, stage = '', letter = '', branch = ''] = old;
    const index = branch === '1' ? 0 : 'abc'.indexOf(branch[1]!) + 1;
    return blockUnit(Number(stage), letter.charCodeAt(0) - 'a'.charCodeAt(0), index);
  }
  const recent = /^conv([2-5])_block([1-9]\d{0,2})_([0-3])_(?:conv|bn)$/.exec(layer);
  if (recent === null) return undefined;
  return blockUnit(Number(recent[1]), Number(recent[2]) - 1, Number(recent[3]));
}

function blockUnit(kerasStage: number, block: number, index: number): KerasUnit {
  const part = index === 0 ? 'downsample' : `conv${index}`;
  const halves = kerasStage > 2 && block === 0 && index <= 1;
  return { unit: `layer${kerasStage - 1}.${block}.${part}`, stride: halves ? 2 : 1 };
}

/** torchvision's keys of a unit: of its convolution's weight, and of the batch norm behind it. */
export function torchvisionKeys(unit: string): { readonly weight: string; readonly norm: string } {
  if (unit === 'stem') return { weight: 'conv1.weight', norm: 'bn1.' };
  if (unit.endsWith('.downsample')) return { weight: `${unit}.0.weight`, norm: `${unit}.1.` };
  return { weight: `${unit}.weight`, norm: `${unit.replace('.conv', '.bn')}.` };
}
