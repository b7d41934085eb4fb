/**
 * No user moves the model much further than others do. With c_u the user's part of the mean gradient, of n_u of N rows:
 *
 *   by gradient   a_u = min(1, times * median_u ||c_u|| / ||c_u||)
 *   by rows       a_u = min(1, share * N / n_u)
 *
 * Clipping per user is that of federated learning (McMahan et al., ICLR 2018); the median as the yardstick is our reading.
 */
import { numberOption, textOption } from '../../attack';
import type { OnlineDefence } from '../defence';

/** influence-cap:by=gradient:times=1 */
export const influenceCap: OnlineDefence = {
  id: 'influence-cap',
  kind: 'online',
  summary: "clips every user's part of a step, by its gradient or by its rows",
  source: 'McMahan et al., ICLR 2018 (clipping per user); the yardstick is our reading',
  options: [
    {
      name: 'by',
      type: 'string',
      description: 'what is capped',
      choices: ['gradient', 'rows'],
      default: 'gradient',
    },
    {
      name: 'times',
      type: 'number',
      description: "by gradient: cap as a multiple of the median user's norm",
      minimum: 1e-6,
      maximum: 1e6,
      default: 1,
    },
    {
      name: 'share',
      type: 'number',
      description: 'by rows: largest share of a batch that one user weighs',
      minimum: 1e-6,
      maximum: 1,
      default: 0.02,
    },
  ],
  cap(contributions, options) {
    if (textOption(options, 'by') === 'rows') {
      const all = contributions.reduce((sum, { rows }) => sum + rows, 0);
      const most = numberOption(options, 'share') * all;
      return Float64Array.from(contributions, ({ rows }) => Math.min(1, most / rows));
    }
    const most = numberOption(options, 'times') * median(contributions.map(({ norm }) => norm));
    return Float64Array.from(contributions, ({ norm }) => (norm <= most ? 1 : most / norm));
  },
};

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? 0 : (low + high) / 2;
}
