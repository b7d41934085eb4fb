/** What crafting and corruption give, and what they refuse. */
import type { OptionValue } from '@theriac/contract/game';
import { regressionGradient, residual } from '@theriac/game';
import { namedFloat32, dot } from '@theriac/tensors';
import { demand, NotOffered, present } from '../check';
import type { Check } from '../check';
import { nearNumber, worst } from '../closeness';
import {
  attackOf,
  corruptionWork,
  crafted,
  craftedRows,
  crafting,
  craftingWork,
  epsilonW,
  ratio,
} from '../crafting-work';
import type { Corruption, Crafting } from '../crafting-work';
import { epsilonD } from '../known-game';
import { bundle, floats, vector } from '../messages';
import { allRefused } from '../refusals';
import type { Wrong } from '../refusals';
import { allSlices, least, oneSlice } from '../slices';
import type { AttackerSubject } from '../subject';

export const craftingChecks: readonly Check<AttackerSubject>[] = [
  {
    id: 'craft.outcome',
    promise: 'as many rows as eps_d says, of classes of the game, each from a training row or from none',
    async run(s) {
      const { game } = s;
      const n = game.clean.count;
      const outcome = await crafted(s);
      const m = Math.floor(epsilonD * n + 1e-9);
      demand(outcome.poisonCount === m, `there are ${outcome.poisonCount} rows, not ${m}`);
      const { y, base } = await craftedRows(s, outcome);
      demand(
        y.every((label) => label >= 0 && label < game.classes),
        `a label is no class: ${y.join(', ')}`,
      );
      demand(
        base.every((row) => row >= -1 && row < n),
        `a base row is not there: ${base.join(', ')}`,
      );
      demand(
        present(outcome.poison, 'poison').placement === attackOf(s).placement,
        'the rows go elsewhere than Describe says',
      );
      const none = await crafted(s, { poisonFraction: ratio(0) });
      demand(none.poisonCount === 0, `a fraction of 0 gave ${none.poisonCount} rows`);
      return `${m} rows of ${attackOf(s).id}`;
    },
  },
  {
    id: 'craft.gamma',
    promise: 'poison is within Gamma: the box, a ball around the base rows, the labels of the base rows',
    async run(s) {
      const range = s.game.dataset.storedRange;
      const offered = s.about.constraints.map(({ id }) => id);
      const radius = 0.1;
      const tried = [];
      for (const kind of ['box', 'linf-ball']) {
        if (!offered.includes(kind) || (kind === 'box' && range === null)) continue;
        const outcome = await crafted(s, {
          constraint: { kind, radius: kind === 'box' ? 0 : radius, fixedLabels: true },
        });
        const excess = await excessOf(s, await craftedRows(s, outcome), kind === 'box' ? Infinity : radius);
        demand(excess <= 1e-6, `${kind}: a value is ${excess} beyond its bounds`);
        tried.push(kind);
      }
      if (tried.length === 0) throw new NotOffered(`none of box, linf-ball: ${offered.join(', ')}`);
      return `${tried.join(', ')} with fixed labels`;
    },
  },
  {
    id: 'craft.residual',
    promise: '||g(mu; w) + eps_d g(nu; w)|| at the target is what is said, and smaller after crafting than before',
    async run(s) {
      const { game } = s;
      const outcome = await crafted(s);
      if (outcome.target === undefined || outcome.residual === undefined)
        throw new NotOffered(
          `${outcome.target === undefined ? attackOf(s).id : 'the outcome'} has no target or residual`,
        );
      const w = await floats(s, outcome.target.parameters, 'parameters', game.size);
      const nu = game.rowsOf(await craftedRows(s, outcome));
      const [gMu, gNu] = [game.clean, nu].map((rows) => regressionGradient(w, rows, game.classes).gradient);
      const { norm } = residual(gMu!, gNu!, nu.count / game.clean.count);
      const { before, after } = outcome.residual;
      demand(after <= before, `the residual went from ${before} to ${after}`);
      return `${before.toPrecision(3)} to ${after.toPrecision(3)}, ${worst(nearNumber('the residual after crafting', after, norm, 0.01))}`;
    },
  },
  {
    id: 'craft.refusals',
    promise: 'a request that is wrong is refused before anything is crafted, naming the field',
    async run(s) {
      const w = s.game.fitted();
      const number = (value: number): OptionValue => ({ value: { $case: 'number', value } });
      const wrong = (what: string, changes: Partial<Crafting>, field?: string, status = 'INVALID_ARGUMENT'): Wrong => ({
        what,
        call: async () => oneSlice(craftingWork(s, await crafting(s, changes)), { sliceSeconds: least }),
        status,
        ...(field === undefined ? {} : { field }),
      });
      const square = namedFloat32('parameters', [1, w.length], w);
      return allRefused([
        wrong('an unknown attack', { attack: 'no-such-attack' }, 'attack'),
        wrong('an unknown option', { options: { noSuchOption: number(1) } }),
        wrong('an option without a value', { options: { target: { value: undefined } } }),
        wrong('an unknown model', { game: { ...s.game.spec, model: 'no-such-model' } }, 'model'),
        wrong('an unknown constraint', { constraint: { kind: 'no-such-set', radius: 0, fixedLabels: false } }),
        wrong('a negative fraction', { poisonFraction: ratio(-0.1) }),
        wrong('no fraction', { poisonFraction: undefined }, 'poison_fraction'),
        wrong(
          'too few clean parameters',
          { cleanParameters: await vector(s, 'parameters', w.slice(1)) },
          'clean_parameters',
        ),
        wrong('clean parameters of two axes', { cleanParameters: await bundle(s, square) }),
        wrong('no clean parameters', { cleanParameters: undefined }, 'clean_parameters'),
        wrong('a negative seed', { seed: -1 }, 'seed'),
        wrong(
          'all of the data, added',
          { poisonFraction: { amount: { $case: 'everything', value: true } } },
          'poison_fraction',
          'FAILED_PRECONDITION',
        ),
      ]);
    },
  },
  {
    id: 'corrupt.radius',
    promise: 'corrupted parameters lie within the radius, at the distance that is said, and lose more on clean data',
    async run(s) {
      const { game } = s;
      const slices = await allSlices(await corruptionWork(s, { epsilonW, seed: 5 }), {
        sliceSeconds: Math.min(30, s.about.limits?.sliceSeconds ?? 20),
      });
      const { parameters, distance } = present(slices.at(-1)?.outcome, 'the outcome');
      const [w, start] = [await floats(s, parameters, 'parameters', game.size), game.fitted()];
      const moved = w.map((value, k) => value - start[k]!);
      const error = nearNumber('distance', distance, Math.sqrt(dot(moved, moved)));
      demand(distance <= epsilonW * (1 + 1e-4), `the distance is ${distance}, the radius ${epsilonW}`);
      const [before, after] = [start, w].map((at) => regressionGradient(at, game.clean, game.classes).loss);
      demand(after! > before!, `the loss on clean rows went from ${before} to ${after}`);
      return `loss ${before!.toPrecision(3)} to ${after!.toPrecision(3)}, ${worst(error)}`;
    },
  },
  {
    id: 'corrupt.refusals',
    promise: 'a radius that is none and a seed that is none are refused',
    async run(s) {
      const wrong = (what: string, change: Partial<Corruption>, field: string): Wrong => ({
        what,
        call: async () => oneSlice(await corruptionWork(s, { epsilonW, seed: 5, ...change }), { sliceSeconds: least }),
        status: 'INVALID_ARGUMENT',
        field,
      });
      return allRefused([
        wrong('no radius', { epsilonW: 0 }, 'epsilon_w'),
        wrong('an endless radius', { epsilonW: Infinity }, 'epsilon_w'),
        wrong('a negative seed', { seed: -2 }, 'seed'),
      ]);
    },
  },
];

/** How far the rows are beyond the range and the radius around their base rows. Throws Broken for other labels. */
async function excessOf(
  { game }: AttackerSubject,
  { x, y, base }: { readonly x: Float32Array; readonly y: Int32Array; readonly base: Int32Array },
  radius: number,
): Promise<number> {
  const { features, clean, dataset } = game;
  const [low, high] = dataset.storedRange ?? [-Infinity, Infinity];
  let excess = 0;
  base.forEach((row, j) => {
    demand(row >= 0 && row < clean.count, `row ${j} has no base row`);
    demand(y[j] === clean.y[row], `row ${j} has the label ${y[j]}, its base row ${clean.y[row]}`);
    const from = game.toStored(clean.x.slice(row * features, (row + 1) * features));
    from.forEach((value, k) => {
      const own = x[j * features + k]!;
      excess = Math.max(excess, low - own, own - high, Math.abs(own - value) - radius);
    });
  });
  return excess;
}
