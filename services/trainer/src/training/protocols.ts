/**
 * Every training protocol. Sources: the authors' released code where named (Lu, Kamath, Yu, TMLR 2022: P-TGDA; ICML 2023:
 * P-GC; Sun et al., AAAI 2021: P-GradPC; Huang et al., NeurIPS 2020: P-MetaPoison; Huang et al., ICLR 2021: P-Unlearnable);
 * the others are this project's. No code was released for residual networks: what they are trained with is our reading.
 */
import type { MinibatchSettings, ProtocolDefinition } from './protocol';

/** What a protocol does not name. */
export const plainSgd: MinibatchSettings = {
  optimiser: 'sgd',
  learningRate: 0.1,
  schedule: { kind: 'constant' },
  warmUpEpochs: 0,
  momentum: 0,
  weightDecay: 0,
  clipNorm: undefined,
  batch: 1000,
  epochs: 100,
  order: 'shuffled',
  dropout: 'always',
  augmentation: 'none',
};

/** The usual training of residual networks on small images. */
const residual: Partial<MinibatchSettings> = {
  schedule: { kind: 'cosine' },
  momentum: 0.9,
  weightDecay: 5e-4,
  batch: 128,
  augmentation: 'crop-and-flip',
};

export const protocols: readonly ProtocolDefinition[] = [
  {
    id: 'p-gc',
    summary:
      'SGD, learning rate 0.1, 100 epochs; batch 10000 for LR and NN, 1000 for CNNs, which drop out in the first epoch only; ' +
      'residual networks as by p-resnet',
    source: 'Lu, Kamath, Yu (ICML 2023), released code; residual networks: our reading',
    settings: ({ family }) => {
      if (family === 'resnet') return residual;
      // The released test function leaves the model in evaluation mode for good: it drops out in the first epoch only.
      return family === 'cnn' ? { dropout: 'first-epoch' } : { batch: 10000 };
    },
  },
  {
    id: 'p-tgda',
    summary:
      'SGD, learning rate 0.1, 100 epochs; batch 1000, colour images 256; each batch takes its share of the poison',
    source: 'Lu, Kamath, Yu (TMLR 2022), released code',
    settings: ({ colour }) => ({ order: 'appended', batch: colour ? 256 : 1000 }),
  },
  {
    id: 'p-gradpc',
    summary: 'Adadelta, learning rate 1 x 0.7 per epoch, batch 64, 14 epochs: the clean model that GradPC corrupts',
    source: 'Sun et al. (AAAI 2021), re-implementation by T. Lee',
    settings: () => ({
      optimiser: 'adadelta',
      learningRate: 1,
      schedule: { kind: 'exponential', factor: 0.7 },
      batch: 64,
      epochs: 14,
    }),
  },
  {
    id: 'p-resnet',
    summary:
      'SGD, learning rate 0.1 by a cosine, momentum 0.9, weight decay 5e-4, batch 128, crop and flip, 100 epochs',
    source:
      'our reading of how the papers trained residual networks: the usual protocol for CIFAR-10, with batch statistics over ' +
      'as many rows as memory allows (ResNet-18: 32 of a batch of 128), as training on several devices has them',
    settings: () => residual,
  },
  {
    id: 'p-metapoison',
    summary: 'SGD, learning rate 0.1 / 10 at epochs 100 and 150, warm-up of 5 epochs, batch 125, 200 epochs',
    source: 'Huang, Geiping, Fowl, Taylor, Goldstein (NeurIPS 2020), released code',
    settings: () => ({
      schedule: { kind: 'steps', factor: 0.1, at: [100, 150] },
      warmUpEpochs: 5,
      batch: 125,
      epochs: 200,
    }),
  },
  {
    id: 'p-unlearnable',
    summary: 'as p-resnet, gradients no longer than 5, 60 epochs',
    source: 'Huang, Ma, Erfani, Bailey, Wang (ICLR 2021), released code, CIFAR-10',
    settings: () => ({ ...residual, clipNorm: 5, epochs: 60 }),
  },
  {
    id: 'stable-sgd',
    summary: 'SGD, learning rate 0.01, batch 1000, 30 epochs',
    source: 'this project: a step size that does not oscillate',
    settings: () => ({ learningRate: 0.01, epochs: 30 }),
  },
  {
    id: 'augmented-sgd',
    summary:
      'SGD, learning rate 0.02 by a cosine, momentum 0.9, weight decay 5e-4, batch 128, crop and flip, 30 epochs: small networks of colour images',
    source: 'this project: P-TGDA overfits cnn-cifar from its twentieth epoch on',
    settings: () => ({ ...residual, learningRate: 0.02, epochs: 30 }),
  },
  {
    id: 'adam',
    summary: 'Adam, learning rate 0.001, batch 1000, 30 epochs',
    source: 'Kingma, Ba (ICLR 2015)',
    settings: () => ({ optimiser: 'adam', learningRate: 0.001, epochs: 30 }),
  },
  {
    id: 'converged',
    summary: 'L-BFGS on all rows, preconditioned by their second moments, for softmax regression only',
    source: 'Liu, Nocedal (1989); preconditioner after Boehning (1992)',
    settings: 'converged',
  },
];
