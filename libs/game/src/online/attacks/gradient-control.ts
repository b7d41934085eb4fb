/**
 * Gradient control: the step that the attacker's rows make leads as near as it can to a target theta*.
 *
 *   J(g) = -1/2 || w - eta s g - theta* ||^2,   dJ/dg = eta s (w - eta s g - theta*)
 *
 * theta* = the clean model with its last layer reversed, times `scale`. That attackers should make gradients they do not see by
 * rows they may send is gradient control of collective action (Hardt et al., ICML 2023); this target is our reading.
 */
import { dot } from '@theriac/tensors';
import { numberOption } from '../../attack';
import { ascend } from '../ascent';
import type { Objective } from '../ascent';
import { ascentOptions } from '../attack';
import type { OnlineAttack } from '../attack';

/** J for going on by `distance` = w - theta* with steps of `reach` = eta s. */
export function controlObjective(distance: Float32Array, reach: number): Objective {
  const rest = (g: Float32Array): Float32Array => distance.map((value, k) => value - reach * (g[k] as number));
  return {
    value(g) {
      const left = rest(g);
      return -dot(left, left) / 2;
    },
    direction: (g) => rest(g).map((value) => reach * value),
  };
}

export const gradientControl: OnlineAttack = {
  id: 'gradient-control',
  summary: 'steers the model towards the clean one with its last layer reversed',
  source: 'gradient control, after Hardt et al., ICML 2023; target and descent are our reading',
  options: [
    ...ascentOptions,
    {
      name: 'scale',
      type: 'number',
      description: "factor of the target's reversed last layer",
      minimum: 1e-6,
      maximum: 1e6,
      default: 1,
    },
  ],
  secondOrder: false,
  count: (_, usual) => usual,
  craft(view, count, options) {
    const { w, wClean, wReversed, learningRate, perTick } = view;
    const scale = numberOption(options, 'scale');
    // Only the last layer differs between the two: it alone is scaled.
    const target = wReversed.map((value, k) => (value === wClean[k] ? value : scale * value));
    const distance = w.map((value, k) => value - (target[k] as number));
    const objective = controlObjective(distance, (learningRate * count) / perTick);
    return ascend(view, view.draw(count, view.random), objective, options);
  },
};
