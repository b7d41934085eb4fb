/** `theriac online`: a trainer that learns from what arrives, attacked tick by tick. */
import type { Command } from 'commander';
import { onlineDefaults as usual } from '../online/online-defaults';
import type { OnlineFlags } from '../online/online-settings';
import { addressesOf, collect, withServices, withView } from './shared-options';
import type { ServiceFlags, ViewFlags } from './shared-options';

interface Flags extends OnlineFlags, ServiceFlags, ViewFlags {
  readonly runsDir: string;
  readonly reuse?: boolean;
  readonly fresh?: boolean;
}

export function addOnline(program: Command): void {
  const verb = program
    .command('online')
    .description('play an online game: a trainer learns from a stream, attacked tick by tick, defended or not')
    .option('--dataset <id>', 'data set (theriac datasets)', usual.dataset)
    .option('--model <id>', 'model, for example lr', usual.model)
    .option('--attack <id>', 'greedy, gradient-control, accumulative', usual.attack)
    .option('--option <name=value>', "an attack's option, repeatable", collect, [])
    .option('--share <alpha>', "the attacker's share of the arrivals, 0 to 1", usual.share)
    .option(
      '--defence <chain>',
      'a chain by comma, each id or id:option=value: rate-limit, influence-cap, delayed-ingestion, gate; repeatable',
      collect,
      [],
    )
    .option('--constraint <kind>', 'what the attacker may do to a row: none, box, linf-ball', usual.constraint)
    .option('--radius <number>', 'radius of the linf-ball, in stored units (pixels in [0, 1])')
    .option('--fixed-labels', "poison rows keep their base rows' labels")
    .option('--ticks <count>', 'ticks, one step of the trainer each', usual.ticks)
    .option('--per-tick <rows>', 'rows that arrive in a tick', usual.perTick)
    .option('--users <count>', 'honest users', usual.users)
    .option('--accounts <count>', 'accounts of the attacker', usual.accounts)
    .option('--learning-rate <eta>', 'step size of the trainer', usual.learningRate)
    .option('--lag <ticks>', 'by how many ticks the model that the attacker sees is old', usual.lag)
    .option('--pretrain <rows>', 'rows on which the clean model is trained', usual.pretrain)
    .option('--trusted <rows>', "rows held out for the trainer's gate", usual.trusted)
    .option('--validation <rows>', 'rows held out for the attacker', usual.validation)
    .option('--protocol <id>', 'how the clean model is trained; id@n: with n epochs', usual.protocol)
    .option('--score-every <ticks>', 'ticks between scores', usual.scoreEvery)
    .option('--collapse-at <kappa>', 'share of the clean accuracy at which a trainer has collapsed', usual.collapseAt)
    .option('--seeds <count>', 'streams and clean models, seeds N+1 to N+count', usual.seeds)
    .option('--seed <N>', 'the number before the first seed', usual.seed)
    .option('--train-limit <rows>', 'use the first rows only; 0: all', usual.trainLimit)
    .option('--scaling <kind>', 'how stored values become model input: standardised, symmetric, stored', usual.scaling)
    .option('--runs-dir <folder>', 'where runs are kept', 'runs')
    .option('--reuse', 'show a finished run of the same game instead of playing it again')
    .option('--fresh', 'play from the start, sharing nothing with earlier runs');
  withView(withServices(verb)).action(async (flags: Flags) => {
    const { onlineVerb } = require('../sitting/online-verb') as typeof import('../sitting/online-verb');
    await onlineVerb({ ...flags, addresses: addressesOf(flags) });
  });
}
