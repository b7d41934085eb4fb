import { ops } from '@theriac/tensors/engine';
import type { ModelDefinition } from '../model';
import { denseClassifier } from './dense-layers';

/** NN-TGDA: features -> 784 -> 784 -> classes, LeakyReLU 0.2. */
export const nnTgda: ModelDefinition = {
  id: 'nn-tgda',
  summary: 'two hidden layers of 784 units, LeakyReLU 0.2',
  source: 'Lu, Kamath, Yu (TMLR 2022), released code, Follower_mlp',
  create: (shape, classes) =>
    denseClassifier('nn-tgda', [shape.reduce((product, size) => product * size, 1), 784, 784, classes], (x) =>
      ops.leakyRelu(x, 0.2),
    ),
};
