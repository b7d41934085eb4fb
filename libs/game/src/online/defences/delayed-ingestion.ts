/**
 * Rows are trained on some ticks after they came: what was made for the model of tick t meets that of t + ticks. A delay
 * alone removes nothing; that it gives time for review is not modelled (our reading of the lecture's list).
 */
import { numberOption } from '../../attack';
import type { OnlineDefence } from '../defence';

/** delayed-ingestion:ticks=3 */
export const delayedIngestion: OnlineDefence = {
  id: 'delayed-ingestion',
  kind: 'online',
  summary: 'trains on rows some ticks after they came',
  source: 'Lecture 18; without review: our reading',
  options: [
    {
      name: 'ticks',
      type: 'integer',
      description: 'ticks that rows wait',
      unit: 'ticks',
      minimum: 0,
      maximum: 10_000,
      default: 3,
    },
  ],
  wait: (options) => numberOption(options, 'ticks'),
};
