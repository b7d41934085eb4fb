import type { DefenceDescription } from '@theriac/game';

/** Many models, each of its own part of the rows, that vote. */
export const dpa: DefenceDescription = {
  id: 'dpa',
  kind: 'ensemble',
  summary:
    'Deep partition aggregation: a model for each of k parts of the rows, a majority vote, and a certificate for it.',
  source: 'Levine, Feizi (ICLR 2021)',
  options: [
    {
      name: 'k',
      type: 'integer',
      description: 'Parts, hence models; at most the rows that are trained on.',
      minimum: 1,
      maximum: 1000,
      default: 50,
    },
  ],
};
