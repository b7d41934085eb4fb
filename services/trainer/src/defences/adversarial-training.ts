import type { DefenceDescription } from '@theriac/game';

/** Training on rows that are moved against the model first. */
export const adversarialTraining: DefenceDescription = {
  id: 'adversarial-training',
  kind: 'training',
  summary:
    'Train on rows moved within an l_inf ball by projected gradient ascent, so that small perturbations teach nothing.',
  source: 'Madry, Makelov, Schmidt, Tsipras, Vladu (ICLR 2018); against unlearnable examples: Huang et al. (ICLR 2021)',
  options: [
    {
      name: 'eps',
      type: 'number',
      description: 'Radius of the ball.',
      unit: 'stored units; pixels in [0, 1]',
      minimum: 0,
      maximum: 1e6,
      default: 8 / 255,
    },
    { name: 'steps', type: 'integer', description: 'Steps of ascent.', minimum: 1, maximum: 1000, default: 10 },
    {
      name: 'step',
      type: 'number',
      description: 'Length of a step in each feature; 0: a quarter of eps.',
      unit: 'stored units; pixels in [0, 1]',
      minimum: 0,
      maximum: 1e6,
      default: 0,
    },
  ],
};
