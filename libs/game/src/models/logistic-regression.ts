import type { ModelDefinition } from '../model';
import { denseClassifier } from './dense-layers';

/** LR: logits = x W + b. Softmax (multinomial logistic) regression. */
export const logisticRegression: ModelDefinition = {
  id: 'lr',
  summary: 'softmax regression: one linear layer with bias',
  source: 'Lu, Kamath, Yu (TMLR 2022) and Lu, Kamath, Yu (ICML 2023), the LR rows',
  create: (shape, classes) =>
    denseClassifier('lr', [shape.reduce((product, size) => product * size, 1), classes], (x) => x),
};
