/** The attacker's side of an online game: a session of its own with the trainer, its validation rows, and its attack. */
import type { Dataset } from '@theriac/datasets';
import { combineConstraints, createConstraint } from '@theriac/game';
import type { Constraint } from '@theriac/game';
import { poisonPerTick } from '@theriac/game/online';
import type { OnlineAttack, OnlineOracles, OnlineState, StoredRows } from '@theriac/game/online';
import { randomStream, TheriacError } from '@theriac/tensors';
import { gameSpec } from '../driver/game';
import type { Dealer } from './dealer';
import { attackersLoss } from './evaluation';
import type { OnlineGame, Start } from './online-game';
import { findOnlineAttack } from './online-settings';
import type { OnlineManifest } from './online-settings';
import type { Partition } from './partition';
import { onlineSession } from './session';

export interface Attacker {
  /** The rows it sends in a tick, seeing the state before it; undefined: none. */
  craft(tick: number, state: OnlineState): Promise<StoredRows | undefined>;
  close(): Promise<void>;
}

/** The attacker of a manifest. The caller closes. */
export function openAttacker(
  game: OnlineGame,
  partition: Partition,
  { draw }: Dealer,
  seed: number,
  { w: wClean, wReversed }: Start,
): Attacker {
  const { manifest, players, signal, dataset } = game;
  const { online, poisonFraction: share } = manifest;
  const { learningRate, perTick } = online;
  const options = manifest.attack?.options ?? {};
  const attack = findOnlineAttack(manifest.attack?.id ?? '');
  const constraint = constraintOf(manifest, dataset);
  // Validation rows are clean rows of a game that holds none out: so the session answers for them too.
  const session = onlineSession(players, { ...gameSpec(manifest), validationCount: 0 }, signal);
  const oracles: OnlineOracles = {
    validation: (w) => attackersLoss(game, w),
    validationProduct: (w, v) => session.cleanProduct(w, partition.validation, v),
    gradient: async (w, rows) => (await session.gradient(w, rows)).gradient,
    product: (w, rows, v) => session.product(w, rows, v),
    mixed: (w, rows, v) => session.mixed(w, rows, v),
  };
  return {
    async craft(tick, state) {
      const count = attack.count(tick, poisonPerTick(share, perTick), perTick, options);
      if (count === 0) return undefined;
      const view = {
        tick,
        w: state.seen[0] ?? state.w,
        wClean,
        wReversed,
        learningRate,
        perTick,
        classes: dataset.classes,
        constraint,
        oracles,
        random: randomStream(seed, 'attack', tick),
        lasting: randomStream(seed, 'attack'),
        draw,
      };
      return attack.craft(view, count, options);
    },
    close: () => session.close(),
  };
}

/** Gamma of a manifest, for rows that are projected here. Throws INVALID_ARGUMENT where the data have no such constraint. */
export function constraintOf({ constraint }: Pick<OnlineManifest, 'constraint'>, dataset: Dataset): Constraint {
  const { kind, radius, fixedLabels } = constraint;
  const parameters = { storedRange: dataset.storedRange, ...(radius > 0 ? { radius } : {}) };
  const kinds = [kind, ...(fixedLabels ? ['fixed-labels'] : [])];
  return combineConstraints(kinds.map((one) => createConstraint(one, parameters)));
}

/** The attack of a manifest, checked against what the trainer computes. */
export function requireDerivatives(attack: OnlineAttack, oracles: readonly string[]): void {
  const missing = attack.secondOrder && !oracles.includes('HessianVectorProduct');
  if (missing || !oracles.includes('PoisonVectorProduct'))
    throw new TheriacError(`the trainer has no second derivatives, which ${attack.id} needs`, {
      code: 'FAILED_PRECONDITION',
      field: 'trainer.oracles',
      found: oracles.join(', '),
      remedy: 'Start a trainer whose engine has them; see theriac doctor.',
    });
}
