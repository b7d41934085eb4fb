import type { ModelDefinition } from '../model';
import { relu } from './layers/activation';
import { chain } from './layers/chain';
import { convolution } from './layers/convolution';
import { dense } from './layers/dense';
import { flatten } from './layers/flatten';
import { maxPool } from './layers/pooling';
import { imageNetwork } from './network';

/** CNN-CIFAR: 5x5x6 and 5x5x16, each with ReLU and max-pooling, then 120, 84 units, ReLU. */
export const cnnCifar: ModelDefinition = {
  id: 'cnn-cifar',
  summary: 'convolutions 5x5x6 and 5x5x16, each with ReLU and max-pooling, then 120 and 84 units',
  source: 'Lu, Kamath, Yu (TMLR 2022), released code, Follower_cifar (the network of the PyTorch CIFAR-10 tutorial)',
  create: (shape, classes) =>
    imageNetwork({
      id: 'cnn-cifar',
      shape,
      classes,
      homogeneous: true,
      lastLayer: 'fc3',
      layers: chain(
        convolution('conv1', { count: 6, size: 5 }),
        relu,
        maxPool(2),
        convolution('conv2', { count: 16, size: 5 }),
        relu,
        maxPool(2),
        flatten,
        dense('fc1', 120),
        relu,
        dense('fc2', 84),
        relu,
        dense('fc3', classes),
      ),
    }),
};
