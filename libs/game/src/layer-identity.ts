/**
 * Euler's identity layer by layer. Between ReLU, LeakyReLU and max-pooling, which are positively homogeneous, a layer's
 * output z_l is linear in its weight W_l and bias b_l, and the next layer's in phi(z_l), so that for the mean cross-entropy
 *
 *   <W_l, g(W_l)> + <b_l, g(b_l)> = <z_l, dF/dz_l> = <W_{l+1}, g(W_{l+1})>,     the last = CE - H
 *
 * (CE the mean cross-entropy, H the mean entropy of the predictions, nats; Lu, Kamath, Yu, ICML 2023 use the last layer's).
 * Dropout and batch normalisation are not part of it.
 */
import { invalid } from '@theriac/tensors';
import type { Model } from './model';

/** A layer's share: <W, g(W)> and <b, g(b)>. */
export interface LayerProducts {
  /** Name of the weight in the layout. */
  readonly weightName: string;
  readonly weight: number;
  readonly bias: number;
}

/**
 * <W_l, g(W_l)> and <b_l, g(b_l)> of every layer, the first layer first, for parameters w [p] and the gradient [p] there.
 * Throws INVALID_ARGUMENT for a model that is not homogeneous.
 */
export function layerProducts(
  model: Pick<Model, 'id' | 'layout' | 'homogeneous'>,
  w: ArrayLike<number>,
  gradient: ArrayLike<number>,
): LayerProducts[] {
  if (!model.homogeneous)
    throw invalid('game.model', model.id, 'a homogeneous one', 'Choose a model without batch normalisation.');
  const products = new Map<string, number>();
  for (const { name, offset, size } of model.layout.views) {
    let sum = 0;
    for (let k = offset; k < offset + size; k++) sum += w[k]! * gradient[k]!;
    products.set(name, sum);
  }
  return [...products]
    .filter(([name]) => name.endsWith('weight'))
    .map(([weightName, weight]) => ({
      weightName,
      weight,
      bias: products.get(weightName.replace(/weight$/, 'bias')) ?? 0,
    }));
}
