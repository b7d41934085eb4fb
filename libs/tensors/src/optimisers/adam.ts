/**
 * Adam (Kingma and Ba, ICLR 2015), PyTorch's definition (torch.optim.Adam), step t = 1, 2, ...:
 *   g <- g + weightDecay w;   m <- beta1 m + (1 - beta1) g;   v <- beta2 v + (1 - beta2) g^2;
 *   w <- w - lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon).
 */
import { tf } from '../tf';
import type { Optimiser } from './optimiser';
import { checkSetting, slotsOf } from './settings';

export interface AdamOptions {
  /** In [0, 1); default 0.9. */
  beta1?: number;
  /** In [0, 1); default 0.999. */
  beta2?: number;
  /** At least 0; default 1e-8. */
  epsilon?: number;
  /** At least 0; default 0. */
  weightDecay?: number;
}

/** Adam with two slots, m and v. */
export function adam({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 }: AdamOptions = {}): Optimiser {
  checkSetting('beta1', beta1, 0, 1);
  checkSetting('beta2', beta2, 0, 1);
  checkSetting('epsilon', epsilon, 0);
  checkSetting('weight decay', weightDecay, 0);
  return {
    slots: 2,
    update: (w, g, slots, learningRate, step) =>
      tf.tidy(() => {
        const [m0, v0] = slotsOf('adam', slots, 2);
        const decayed: tf.Tensor1D = weightDecay === 0 ? g : tf.add(g, tf.mul(w, weightDecay));
        const m: tf.Tensor1D = tf.add(tf.mul(m0!, beta1), tf.mul(decayed, 1 - beta1));
        const v: tf.Tensor1D = tf.add(tf.mul(v0!, beta2), tf.mul(tf.square(decayed), 1 - beta2));
        const rate = tf.div(learningRate, correction(beta1, step));
        const scale = tf.add(tf.div(tf.sqrt(v), tf.sqrt(correction(beta2, step))), epsilon);
        const next: tf.Tensor1D = tf.sub(w, tf.mul(rate, tf.div(m, scale)));
        return { w: next, slots: [m, v] };
      }),
  };
}

/** 1 - beta^t = -expm1(t log beta), without the cancellation that 32 bits would suffer. */
function correction(beta: number, step: tf.Scalar): tf.Tensor {
  return tf.neg(tf.expm1(tf.mul(step, Math.log(beta))));
}
