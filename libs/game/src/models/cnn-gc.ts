import type { ModelDefinition } from '../model';
import { relu } from './layers/activation';
import { chain } from './layers/chain';
import { convolution } from './layers/convolution';
import { dense } from './layers/dense';
import { dropout } from './layers/dropout';
import { flatten } from './layers/flatten';
import { maxPool } from './layers/pooling';
import { imageNetwork } from './network';

/** CNN-GC: 3x3x32, 3x3x64, max-pooling, dropout 0.25, 128 units, dropout 0.5, ReLU. */
export const cnnGc: ModelDefinition = {
  id: 'cnn-gc',
  summary: 'convolutions 3x3x32 and 3x3x64, max-pooling, 128 units, ReLU, dropout',
  source: 'Lu, Kamath, Yu (ICML 2023), released code, ConvNet',
  create: (shape, classes) =>
    imageNetwork({
      id: 'cnn-gc',
      shape,
      classes,
      homogeneous: true,
      lastLayer: 'fc2',
      layers: chain(
        convolution('conv1', { count: 32, size: 3 }),
        relu,
        convolution('conv2', { count: 64, size: 3 }),
        relu,
        maxPool(2),
        flatten,
        dropout(0.25),
        dense('fc1', 128),
        relu,
        dropout(0.5),
        dense('fc2', classes),
      ),
    }),
};
