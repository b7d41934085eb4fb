import { invalid } from '@theriac/tensors';
import type { Model, ModelDefinition } from '../model';
import { cnnCifar } from './cnn-cifar';
import { cnnGc } from './cnn-gc';
import { cnnTgda } from './cnn-tgda';
import { logisticRegression } from './logistic-regression';
import { nnGc } from './nn-gc';
import { nnTgda } from './nn-tgda';
import { resnet18, resnet34 } from './resnet';

/** Every model, one line each. */
export const modelDefinitions: readonly ModelDefinition[] = [
  logisticRegression,
  nnGc,
  nnTgda,
  cnnGc,
  cnnTgda,
  cnnCifar,
  resnet18,
  resnet34,
];

/** The model `id` for rows of `shape` and `classes` classes. Throws INVALID_ARGUMENT for an unknown id. */
export function createModel(id: string, shape: readonly number[], classes: number): Model {
  const definition = modelDefinitions.find((candidate) => candidate.id === id);
  if (definition === undefined) {
    const known = modelDefinitions.map((candidate) => candidate.id).join(', ');
    throw invalid('game.model', id || '(empty)', known, 'Choose one of these.');
  }
  return definition.create(shape, classes);
}
