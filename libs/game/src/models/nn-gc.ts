import { ops } from '@theriac/tensors/engine';
import type { ModelDefinition } from '../model';
import { denseClassifier } from './dense-layers';

/** NN-GC: features -> 128 -> classes, ReLU. */
export const nnGc: ModelDefinition = {
  id: 'nn-gc',
  summary: 'one hidden layer of 128 units, ReLU',
  source: 'Lu, Kamath, Yu (ICML 2023), released code, LinearModel',
  create: (shape, classes) =>
    denseClassifier('nn-gc', [shape.reduce((product, size) => product * size, 1), 128, classes], ops.relu),
};
