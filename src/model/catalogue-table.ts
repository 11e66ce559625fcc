import cifar10d18 from '../../models/catalog/resnet18_8xb16_cifar10.json' with { type: 'json' };
import v1bd18 from '../../models/catalog/resnet18_8xb32_in1k.json' with { type: 'json' };
import cifar10d34 from '../../models/catalog/resnet34_8xb16_cifar10.json' with { type: 'json' };
import v1bd34 from '../../models/catalog/resnet34_8xb32_in1k.json' with { type: 'json' };
import v1bd50Cub from '../../models/catalog/resnet50_8xb8_cub.json' with { type: 'json' };
import cifar10d50 from '../../models/catalog/resnet50_8xb16_cifar10.json' with { type: 'json' };
import cifar100d50 from '../../models/catalog/resnet50_8xb16_cifar100.json' with { type: 'json' };
import v1bd50 from '../../models/catalog/resnet50_8xb32_in1k.json' with { type: 'json' };
import v1bd50Half from '../../models/catalog/resnet50_8xb32-fp16_in1k.json' with { type: 'json' };
import v1bd50RsbA1 from '../../models/catalog/resnet50_8xb256-rsb-a1-600e_in1k.json' with {
  type: 'json',
};
import v1bd50RsbA2 from '../../models/catalog/resnet50_8xb256-rsb-a2-300e_in1k.json' with {
  type: 'json',
};
import v1bd50RsbA3 from '../../models/catalog/resnet50_8xb256-rsb-a3-100e_in1k.json' with {
  type: 'json',
};
import v1bd50Keras from '../../models/catalog/resnet50_keras_in1k.json' with { type: 'json' };
import cifar10d101 from '../../models/catalog/resnet101_8xb16_cifar10.json' with { type: 'json' };
import v1bd101 from '../../models/catalog/resnet101_8xb32_in1k.json' with { type: 'json' };
import cifar10d152 from '../../models/catalog/resnet152_8xb16_cifar10.json' with { type: 'json' };
import v1bd152 from '../../models/catalog/resnet152_8xb32_in1k.json' with { type: 'json' };
import v1cd50 from '../../models/catalog/resnetv1c50_8xb32_in1k.json' with { type: 'json' };
import v1cd101 from '../../models/catalog/resnetv1c101_8xb32_in1k.json' with { type: 'json' };
import v1cd152 from '../../models/catalog/resnetv1c152_8xb32_in1k.json' with { type: 'json' };
import v1dd50 from '../../models/catalog/resnetv1d50_8xb32_in1k.json' with { type: 'json' };
import v1dd101 from '../../models/catalog/resnetv1d101_8xb32_in1k.json' with { type: 'json' };
import v1dd152 from '../../models/catalog/resnetv1d152_8xb32_in1k.json' with { type: 'json' };

/** Every file of models/catalog, as it lies there: a test holds this list to the folder. */
export const CATALOGUE_TABLE: readonly { readonly name: string }[] = [
  cifar10d101,
  v1bd101,
  cifar10d152,
  v1bd152,
  cifar10d18,
  v1bd18,
  cifar10d34,
  v1bd34,
  cifar10d50,
  cifar100d50,
  v1bd50RsbA1,
  v1bd50RsbA2,
  v1bd50RsbA3,
  v1bd50Half,
  v1bd50,
  v1bd50Cub,
  v1bd50Keras,
  v1cd101,
  v1cd152,
  v1cd50,
  v1dd101,
  v1dd152,
  v1dd50,
];
