/** Two Gaussians: x = +-(mu) + z, z standard normal, equal classes; the best classifier errs with probability Phi(-|mu|). */
import { randomStream, type RandomStream } from '@theriac/tensors';
import type { Dataset, Examples } from './dataset';
import { sha256 } from './integrity';
import { moments } from './moments';
import type { Source } from './source';

const parameters = { generator: 'gaussians 1', seed: 0, mu: [1.2, 0.9], train: 670, test: 330 };
const features = parameters.mu.length;
const classes = 2;

const description = {
  id: 'gaussians',
  description: 'two Gaussians in the plane, three standard deviations apart (best possible accuracy 93.3%)',
  source: 'generated, seeded',
  classes,
  shape: [features],
  needsFiles: false,
  examples: { train: parameters.train, test: parameters.test },
};

export const gaussians: Source = {
  description,
  files: [],
  async train(): Promise<Dataset> {
    const train = drawGaussians(parameters.train, parameters.mu, randomStream(parameters.seed, 'gaussians', 'train'));
    return {
      id: description.id,
      shape: description.shape,
      features,
      classes,
      classNames: ['minus', 'plus'],
      train,
      storedRange: null,
      standardisation: moments(train),
      digest: sha256(JSON.stringify(parameters)),
    };
  },
  async test() {
    return drawGaussians(parameters.test, parameters.mu, randomStream(parameters.seed, 'gaussians', 'test'));
  },
};

/** `count` points of two Gaussians with means -mu (class 0) and +mu (class 1) and unit covariance, classes in random order. */
export function drawGaussians(count: number, mu: readonly number[], random: RandomStream): Examples {
  const width = mu.length;
  const stored = new Float32Array(count * width);
  const labels = Uint8Array.from(random.fork('order').permutation(count), (place) => place % 2);
  const noise = random.fork('noise');
  for (let row = 0; row < count; row++) {
    const sign = labels[row] === 1 ? 1 : -1;
    for (let j = 0; j < width; j++) stored[row * width + j] = sign * mu[j]! + noise.normal();
  }
  return { count, features: width, stored, labels };
}
