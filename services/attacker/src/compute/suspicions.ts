/** Suspicion flags: what makes a result doubtful, a sentence each. */
import type { AttackAim, CraftGame, Poison, PoisonBase } from '@theriac/game';
import { transitionThreshold } from '@theriac/game';

/** What is suspicious about crafted poison; empty: nothing. */
export function suspicions(poison: Poison, base: PoisonBase, game: CraftGame, aim: AttackAim | undefined): string[] {
  const flags: string[] = [];
  const same = poison.x.every((value, k) => value === base.x[k]) && poison.y.every((label, j) => label === base.y[j]);
  if (same) flags.push('The poison equals its base rows: the attack changed nothing.');
  if (aim === undefined) return flags;
  const { residual, target } = aim;
  if (!(residual.after < residual.before)) flags.push('The residual did not decrease: nothing was cancelled.');
  const logits = game.oracles.logits(target.parameters, game.clean);
  const { tau } = transitionThreshold(logits, game.clean.y, game.classes);
  if (tau > game.epsilonD)
    flags.push(
      `The target's transition threshold ${tau.toPrecision(3)} is above eps_d ${game.epsilonD.toPrecision(3)}: no poison of this size reaches it.`,
    );
  return flags;
}
