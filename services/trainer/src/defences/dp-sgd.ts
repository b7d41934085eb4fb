import type { DefenceDescription } from '@theriac/game';

/** Training that no single row can steer far: rows' gradients are shortened, and noise hides what is left of each. */
export const dpSgd: DefenceDescription = {
  id: 'dp-sgd',
  kind: 'training',
  summary: 'Shorten the gradient of every row, add noise to their sum, and account for the privacy (epsilon, delta).',
  source:
    'Abadi, Chu, Goodfellow, McMahan, Mironov, Talwar, Zhang (CCS 2016); against poison: Ma, Zhu, Hsu (IJCAI 2019); accounting: ' +
    'Mironov, Talwar, Zhang (2019), Canonne, Kamath, Steinke (NeurIPS 2020)',
  options: [
    {
      name: 'clip',
      type: 'number',
      description: 'Longest gradient of a row, C; longer ones are shortened to it.',
      minimum: 1e-6,
      maximum: 1e6,
      default: 1,
    },
    {
      name: 'noise',
      type: 'number',
      description: 'Deviation of the noise on the sum of gradients, in units of C; 0: none, and no privacy.',
      minimum: 0,
      maximum: 1000,
      default: 1,
    },
    {
      name: 'delta',
      type: 'number',
      description: 'delta of the guarantee, below one over the number of rows.',
      minimum: 1e-15,
      maximum: 0.1,
      default: 1e-5,
    },
  ],
};
