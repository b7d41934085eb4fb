/** What the three attacks do to a small binary game, against flipped labels under the same simulated defences. */
import type { CraftGame, LocalAttack, Poison } from '@theriac/game';
import { excesses, parseOptions } from '@theriac/game';
import { startBackend } from '@theriac/tensors/engine';
import { toyGame } from '@theriac/testing';
import { decoyMinMax } from '../decoy-min-max';
import { influence } from '../influence';
import { kkt } from '../kkt';
import { labelFlip } from '../label-flip';
import type { Atoms } from './atoms';
import type { BinaryGame } from './binary-game';
import { binaryGame } from './binary-game';
import { defended } from './defended';

const settings = { ridge: 0.02, quantile: 0.9, share: 0.05 };
const given = { flips: '0.1,0.2', repeats: '4,12' };
let game: CraftGame;
let binary: BinaryGame;

beforeAll(async () => {
  await startBackend();
  game = toyGame({ features: 3, classes: 2, clean: 500, poison: 40 }, { constraint: 'box' });
  binary = binaryGame(game, settings, 'kkt');
});

async function crafted(attack: LocalAttack, options: Record<string, string | number>): Promise<Poison> {
  const parsed = parseOptions(attack.options, options, attack.id);
  let state = attack.start(game, parsed);
  while (!state.done) state = attack.step(state, game, parsed);
  return attack.poison(state, game, parsed);
}

/** The best accuracy over the simulated defences, of the poison as it is handed over. */
function worth(poison: Poison): number {
  const x = Float64Array.from(game.toModelInput(poison.x));
  const signs = Int8Array.from(poison.y, (label) => (label === 1 ? 1 : -1));
  const weights = new Float64Array(poison.count).fill(1);
  const atoms: Atoms = { x, signs, weights, count: poison.count, features: poison.features };
  return defended(binary, atoms, binary.thetaClean).accuracy;
}

const distinct = ({ x, features, count }: Poison): number =>
  new Set(Array.from({ length: count }, (_, j) => x.slice(j * features, (j + 1) * features).join())).size;

it.each([
  ['kkt', kkt, given, 2],
  ['influence', influence, { iterations: 20 }, 2],
  ['decoy-min-max', decoyMinMax, { ...given, decoys: 2 }, 20],
] as const)(
  '%s costs the best defence more than three times what flipped labels do, by rows like clean ones',
  async (_, attack, options, rows) => {
    const none = {
      x: new Float64Array(0),
      signs: new Int8Array(0),
      weights: new Float64Array(0),
      count: 0,
      features: 10,
    };
    const clean = defended(binary, none, binary.thetaClean).accuracy;
    const flipped = clean - worth(await crafted(labelFlip, {}));
    const poison = await crafted(attack, options);
    expect(clean - worth(poison)).toBeGreaterThan(Math.max(0.015, 3 * flipped));
    expect(distinct(poison)).toBeLessThanOrEqual(rows);
    const x = game.toModelInput(poison.x);
    for (let j = 0; j < poison.count; j++)
      for (const { by } of excesses(binary.regions[poison.y[j]!]!, x.subarray(j * 3, (j + 1) * 3)))
        expect(by).toBeLessThan(1e-4);
  },
);
