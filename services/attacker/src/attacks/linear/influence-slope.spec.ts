import { logisticObjective } from '@theriac/game';
import type { CraftGame } from '@theriac/game';
import { randomStream } from '@theriac/tensors';
import { startBackend } from '@theriac/tensors/engine';
import { toyGame } from '@theriac/testing';
import { fitOnMixture, twoAtoms } from './atoms';
import { binaryGame } from './binary-game';
import { influenceSlopes } from './influence-slope';

const random = randomStream(9, 'influence');
let game: CraftGame;

beforeAll(async () => {
  await startBackend();
  game = toyGame({ features: 4, classes: 2, clean: 200, poison: 20 });
});

it('is the change of the leader’s loss after training anew, by finite differences', () => {
  const exact = binaryGame(game, { ridge: 0.05, quantile: 0.9, share: 0 }, 'influence');
  const x = [0, 1].map(() => Float64Array.from({ length: 4 }, () => random.normal()));
  const atomsAt = (rows: readonly Float64Array[]) => twoAtoms(rows[0]!, rows[1]!, 8, 20);
  const trained = (rows: readonly Float64Array[]) => {
    // Twice: the second fit starts where the first one stopped, so that both ends of a difference are as exact.
    const atoms = atomsAt(rows);
    return fitOnMixture(exact, atoms, fitOnMixture(exact, atoms, exact.thetaClean));
  };
  const loss = (rows: readonly Float64Array[]) => logisticObjective([exact.judged], trained(rows), 0).value;
  const { slopes, residual } = influenceSlopes(exact, atomsAt(x), trained(x));
  expect(residual).toBeLessThan(1e-3);
  for (const label of [0, 1])
    for (let j = 0; j < 4; j++) {
      const at = (by: number) => loss(x.with(label, x[label]!.with(j, x[label]![j]! + by)));
      const expected = (at(0.02) - at(-0.02)) / 0.04;
      expect(slopes[label]![j]).toBeCloseTo(expected, 3);
      expect(Math.abs(slopes[label]![j]! - expected)).toBeLessThan(0.05 * Math.max(...slopes[label]!.map(Math.abs)));
    }
});
