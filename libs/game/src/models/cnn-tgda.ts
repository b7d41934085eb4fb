import type { ModelDefinition } from '../model';
import { relu } from './layers/activation';
import { chain } from './layers/chain';
import { convolution } from './layers/convolution';
import { dense } from './layers/dense';
import { flatten } from './layers/flatten';
import { maxPool } from './layers/pooling';
import { imageNetwork } from './network';

/** CNN-TGDA: 5x5x16 and 5x5x32, padded by 2, each with ReLU and max-pooling, then one dense layer. */
export const cnnTgda: ModelDefinition = {
  id: 'cnn-tgda',
  summary: 'convolutions 5x5x16 and 5x5x32, each with ReLU and max-pooling',
  source: 'Lu, Kamath, Yu (TMLR 2022), released code, Follower_cnn',
  create: (shape, classes) =>
    imageNetwork({
      id: 'cnn-tgda',
      shape,
      classes,
      homogeneous: true,
      lastLayer: 'fc',
      layers: chain(
        convolution('conv1', { count: 16, size: 5, pad: 2 }),
        relu,
        maxPool(2),
        convolution('conv2', { count: 32, size: 5, pad: 2 }),
        relu,
        maxPool(2),
        flatten,
        dense('fc', classes),
      ),
    }),
};
