/**
 * A step is kept while the loss on rows that the trainer trusts stays under a ceiling; else the model goes back to where it
 * was, and the tick's rows are dropped:
 *
 *   keep w'  iff  F(trusted; w') <= reference + tolerance,   reference = the lowest, or the last, loss of a kept model, nats
 *
 * Against the last one, an attacker who moves slowly passes; against the lowest, it has the tolerance once. After the hold-out
 * check of RONI (Nelson et al., 2008), per tick: our reading.
 */
import { numberOption, textOption } from '../../attack';
import type { OnlineDefence } from '../defence';

/** gate:tolerance=0.02:reference=best */
export const gate: OnlineDefence = {
  id: 'gate',
  kind: 'online',
  summary: 'rolls a step back that raises the loss on trusted rows',
  source: 'after Nelson et al., LEET 2008 (reject on negative impact); per tick: our reading',
  options: [
    {
      name: 'tolerance',
      type: 'number',
      description: 'by how much the loss may lie above the reference',
      unit: 'nats',
      minimum: 0,
      maximum: 100,
      default: 0.02,
    },
    {
      name: 'reference',
      type: 'string',
      description: 'the lowest loss of a kept model, or the last one',
      choices: ['best', 'last'],
      default: 'best',
    },
  ],
  ceiling: (last, best, options) =>
    (textOption(options, 'reference') === 'best' ? best : last) + numberOption(options, 'tolerance'),
};
