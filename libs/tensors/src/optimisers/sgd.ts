/**
 * Stochastic gradient descent, PyTorch's definition (torch.optim.SGD, dampening 0, no Nesterov step):
 *   g <- g + weightDecay w;   b <- momentum b + g;   w <- w - lr b.
 */
import { tf } from '../tf';
import type { Optimiser } from './optimiser';
import { checkSetting, slotsOf } from './settings';

export interface SgdOptions {
  /** In [0, 1); default 0. */
  momentum?: number;
  /** At least 0; default 0. */
  weightDecay?: number;
}

/** Plain SGD (no slot), or with momentum (one slot, b). */
export function sgd({ momentum = 0, weightDecay = 0 }: SgdOptions = {}): Optimiser {
  checkSetting('momentum', momentum, 0, 1);
  checkSetting('weight decay', weightDecay, 0);
  const count = momentum === 0 ? 0 : 1;
  return {
    slots: count,
    update: (w, g, slots, learningRate) =>
      tf.tidy(() => {
        const [velocity] = slotsOf('sgd', slots, count);
        const decayed: tf.Tensor1D = weightDecay === 0 ? g : tf.add(g, tf.mul(w, weightDecay));
        const b: tf.Tensor1D = velocity ? tf.add(tf.mul(velocity, momentum), decayed) : decayed;
        const next: tf.Tensor1D = tf.sub(w, tf.mul(b, learningRate));
        return { w: next, slots: velocity ? [b] : [] };
      }),
  };
}
