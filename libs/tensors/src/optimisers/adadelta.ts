/**
 * Adadelta (Zeiler, arXiv 1212.5701), PyTorch's definition (torch.optim.Adadelta, whose learning rate is 1 by default):
 *   g <- g + weightDecay w;   v <- rho v + (1 - rho) g^2;   d = sqrt(u + epsilon) / sqrt(v + epsilon) * g;
 *   u <- rho u + (1 - rho) d^2;   w <- w - lr d.
 */
import { tf } from '../tf';
import type { Optimiser } from './optimiser';
import { checkSetting, slotsOf } from './settings';

export interface AdadeltaOptions {
  /** In [0, 1); default 0.9. */
  rho?: number;
  /** At least 0; default 1e-6. */
  epsilon?: number;
  /** At least 0; default 0. */
  weightDecay?: number;
}

/** Adadelta with two slots, v and u. */
export function adadelta({ rho = 0.9, epsilon = 1e-6, weightDecay = 0 }: AdadeltaOptions = {}): Optimiser {
  checkSetting('rho', rho, 0, 1);
  checkSetting('epsilon', epsilon, 0);
  checkSetting('weight decay', weightDecay, 0);
  return {
    slots: 2,
    update: (w, g, slots, learningRate) =>
      tf.tidy(() => {
        const [v0, u0] = slotsOf('adadelta', slots, 2);
        const decayed: tf.Tensor1D = weightDecay === 0 ? g : tf.add(g, tf.mul(w, weightDecay));
        const v: tf.Tensor1D = tf.add(tf.mul(v0!, rho), tf.mul(tf.square(decayed), 1 - rho));
        const d = tf.mul(tf.sqrt(tf.div(tf.add(u0!, epsilon), tf.add(v, epsilon))), decayed);
        const u: tf.Tensor1D = tf.add(tf.mul(u0!, rho), tf.mul(tf.square(d), 1 - rho));
        const next: tf.Tensor1D = tf.sub(w, tf.mul(d, learningRate));
        return { w: next, slots: [v, u] };
      }),
  };
}
