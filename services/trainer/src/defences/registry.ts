/** Every defence, one line each. */
import type { DefenceChoice, DefenceDescription, Sanitiser } from '@theriac/game';
import { adversarialTraining } from './adversarial-training';
import { dpSgd } from './dp-sgd';
import { dpa } from './dpa';
import { knn } from './knn';
import { l2 } from './l2';
import { loss } from './loss';
import { slab } from './slab';
import { spectralSignatures } from './spectral-signatures';
import { svd } from './svd';

/** Leave rows of chi out before training. */
export const sanitisers: readonly Sanitiser[] = [l2, slab, loss, svd, knn, spectralSignatures];

/** Change how w is found: kinds "training" and "ensemble". */
const withinTraining: readonly DefenceDescription[] = [dpSgd, adversarialTraining, dpa];

/** What a trainer offers. A defence never sees which rows are poison. */
export const defences: readonly DefenceDescription[] = [...sanitisers, ...withinTraining];

/** The sanitisers of a chain, in its order, and the defences within training. */
export function splitDefences(choices: readonly DefenceChoice[]) {
  const chain = choices.flatMap((choice) => {
    const sanitiser = sanitisers.find(({ id }) => id === choice.id);
    return sanitiser === undefined ? [] : [{ sanitiser, choice }];
  });
  return { chain, within: choices.filter(({ id }) => !sanitisers.some((sanitiser) => sanitiser.id === id)) };
}
