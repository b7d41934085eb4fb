/**
 * Greedy: the rows of this tick that raise the validation loss after this step the most, to first order.
 *
 *   L(w - eta s g) ~ L(w) - eta s <grad L(w), g>,   so J(g) = -<grad L(w), g>
 *   dL/dx = -eta s <grad L(w), d2 ell / dw dx>      the one-step hypergradient
 */
import { dot } from '@theriac/tensors';
import { ascend } from '../ascent';
import type { Objective } from '../ascent';
import { ascentOptions } from '../attack';
import type { OnlineAttack } from '../attack';

/** J of this gradient of the attacker's loss. */
export function greedyObjective(gradient: Float32Array): Objective {
  const down = gradient.map((value) => -value);
  return { value: (g) => dot(down, g), direction: () => down };
}

export const greedy: OnlineAttack = {
  id: 'greedy',
  summary: 'raises the validation loss after each step, by the one-step hypergradient',
  source: 'one-step hypergradient; sign steps and labels are our reading',
  options: ascentOptions,
  secondOrder: false,
  count: (_, usual) => usual,
  async craft(view, count, options) {
    const { gradient } = await view.oracles.validation(view.w);
    return ascend(view, view.draw(count, view.random), greedyObjective(gradient), options);
  },
};
