/** Crafting as sliced work: the attack proposes, this file holds it to count, Gamma and finite values, and says what is suspicious. */
import { finite } from '@theriac/board';
import type { Board, Derivatives, SlicedWork } from '@theriac/board';
import type { Attack, CraftGame, CraftState, Follower, Poison, PoisonBase } from '@theriac/game';
import { canonicalJson, parseOptions, poisonBase, sha256Hex } from '@theriac/game';
import { invalid, TheriacError } from '@theriac/tensors';
import type { BackendReport } from '@theriac/tensors';
import { attacks } from '../attacks/registry';
import { craftGame } from './craft-game';
import { suspicions } from './suspicions';
import type { AttackerMethods, Crafted } from './methods';

type CraftInput = AttackerMethods['craft']['input'];

/** The work of one Craft request. Throws for an unknown attack or option and for a backend that cannot carry the attack. */
export function crafting(
  input: CraftInput,
  board: Board,
  derivatives: Pick<Derivatives, 'oracles'> & { readonly follower: Follower },
  backend: BackendReport,
): SlicedWork<CraftState, Crafted> {
  const attack = attackFor(input.attack, backend);
  const options = parseOptions(attack.options, input.options, `attack ${attack.id}`);
  const game = craftGame(board, derivatives, { ...input, placement: attack.placement });
  return {
    fingerprint: canonicalJson({
      board: board.key,
      digest: board.dataset.digest,
      attack: attack.id,
      options,
      cleanParameters: sha256Hex(input.cleanParameters),
      count: game.count,
      constraint: game.constraint.describe(),
      seed: input.seed,
      ...(input.follower === 'remote' ? { follower: 'remote' } : {}),
    }),
    start: () => (game.count === 0 ? nothing : attack.start(game, options)),
    async step(state) {
      const next = await attack.step(state, game, options);
      const { loss } = attack.metrics(next);
      if (loss !== undefined && Number.isNaN(loss)) throw diverged('a loss of NaN', 'a finite loss');
      return next;
    },
    metrics: (state) => attack.metrics(state),
    outcome(state, seconds) {
      if (game.count === 0) return { ...noPoison(game), seconds };
      const proposed = attack.poison(state, game, options);
      const base = poisonBase(proposed.baseIndices, game.stored, game.clean.y, game.clean.features);
      const poison = held(proposed, base, game);
      if (attack.placement === 'replaced') requireDistinct(poison.baseIndices);
      const metrics = finite(attack.metrics(state));
      const aim = attack.aim?.(state, game, options);
      return {
        poison,
        placement: attack.placement ?? 'added',
        target: aim?.target,
        residual: aim?.residual,
        signals: attack.signals?.(game, options) ?? [],
        flags: suspicions(poison, base, game, aim),
        seconds,
        metrics,
      };
    },
  };
}

const nothing: CraftState = { step: 0, of: 0, done: true, scalars: {}, arrays: {} };

function noPoison(game: CraftGame): Omit<Crafted, 'seconds'> {
  const poison = {
    x: new Float32Array(0),
    y: new Int32Array(0),
    baseIndices: new Int32Array(0),
    count: 0,
    features: game.clean.features,
  };
  return { poison, placement: 'added', target: undefined, residual: undefined, signals: [], flags: [], metrics: {} };
}

/** The attack of a request. Throws INVALID_ARGUMENT, or FAILED_PRECONDITION where the backend cannot carry it. */
export function attackFor(id: string, backend: BackendReport): Attack {
  const attack = attacks.find((candidate) => candidate.id === id);
  if (attack === undefined)
    throw invalid(
      'attack',
      id || '(empty)',
      attacks.map((candidate) => candidate.id).join(', '),
      'Choose one of these.',
    );
  const second = attack.needs.filter((need) => need !== 'gradient');
  if (second.length > 0 && !backend.secondOrder)
    throw new TheriacError(`Attack ${id} needs second derivatives, and those of this backend failed their check.`, {
      code: 'FAILED_PRECONDITION',
      field: 'attack',
      found: `${id}, which needs ${second.join(' and ')}, on backend ${backend.name}`,
      allowed: 'a backend whose self-check passed, or an attack that needs gradients only',
      remedy: 'Run `theriac doctor` for a backend that passes.',
    });
  return attack;
}

/** The proposal, projected on Gamma. An attack that returns another count or values that are not finite has failed. */
function held(proposed: Poison, base: PoisonBase, game: CraftGame): Poison {
  const { count, constraint } = game;
  const bad = proposed.x.findIndex((value) => !Number.isFinite(value));
  if (proposed.count !== count || bad >= 0)
    throw diverged(
      bad >= 0 ? `${proposed.x[bad]} in row ${Math.floor(bad / proposed.features)}` : `${proposed.count} rows`,
      `${count} rows of finite values`,
    );
  const y = constraint.fixesLabels ? base.y : proposed.y;
  return { ...proposed, x: constraint.limitsPixels ? constraint.project(proposed.x, base.x, y) : proposed.x, y };
}

/** An attack that replaces a row twice has failed. */
function requireDistinct(base: Int32Array): void {
  const { size } = new Set(base);
  if (size === base.length) return;
  throw new TheriacError('The attack replaced a row twice.', {
    code: 'INTERNAL',
    field: 'attack',
    found: `${size} rows of ${base.length}`,
    allowed: 'a base row of its own for each poison row',
    remedy: 'This is a fault of the attack.',
  });
}

function diverged(found: string, allowed: string): TheriacError {
  return new TheriacError('The attack diverged.', {
    code: 'ABORTED',
    field: 'attack',
    found,
    allowed,
    remedy: 'Use a smaller learning rate or another target.',
  });
}
