import type { CraftGame } from '@theriac/game';
import { excesses, fitLogistic, logisticObjective } from '@theriac/game';
import { norm, randomStream } from '@theriac/tensors';
import { startBackend } from '@theriac/tensors/engine';
import { toyGame } from '@theriac/testing';
import { fitOnMixture, twoAtoms } from './atoms';
import { binaryGame } from './binary-game';
import { decoyOf } from './decoys';
import { regionsBelowLoss, residualOf, residualSlope, stationaryAtoms, targetGradient } from './stationary-atoms';

const settings = { ridge: 0.02, quantile: 0.9, share: 0.05 };
const random = randomStream(6, 'stationary atoms');
let game: CraftGame;

beforeAll(async () => {
  await startBackend();
  game = toyGame({ features: 5, classes: 2, clean: 400, poison: 24 }, { constraint: 'box' });
});

const normals = (count: number, scale = 1): Float64Array =>
  Float64Array.from({ length: count }, () => scale * random.normal());

describe('rows that make a decoy stationary', () => {
  it('have for residual the gradient of the mixture, ridge included, times 1 + eps_d', () => {
    const binary = binaryGame(game, settings, 'kkt');
    const theta = normals(6);
    const x = [normals(5), normals(5)];
    const weights = [18 / 400, 6 / 400];
    const r = residualOf(targetGradient(binary, theta), theta, x, weights);
    const atoms = twoAtoms(x[0]!, x[1]!, 6, 24);
    const { gradient } = logisticObjective([binary.rows, atoms], theta, settings.ridge);
    r.forEach((value, j) => expect(value).toBeCloseTo((1 + 24 / 400) * gradient[j]!, 12));
  });

  it('have the slope of half the squared residual, by finite differences', () => {
    const binary = binaryGame(game, settings, 'kkt');
    const theta = normals(6);
    const target = targetGradient(binary, theta);
    const x = [normals(5), normals(5)];
    const weights = [0.7, 0.4];
    const value = (row: Float64Array, label: number) =>
      norm(residualOf(target, theta, x.with(label, row), weights)) ** 2 / 2;
    for (const label of [0, 1]) {
      const own = x[label]!;
      const slope = residualSlope(residualOf(target, theta, x, weights), theta, own, label, weights[label]!);
      for (let j = 0; j < own.length; j++) {
        const at = (by: number) => value(own.with(j, own[j]! + by), label);
        expect(slope[j]).toBeCloseTo((at(1e-5) - at(-1e-5)) / 2e-5, 7);
      }
    }
  });

  it('are found within their regions, and lead the defender to the decoy', () => {
    const binary = binaryGame(game, settings, 'kkt');
    const { theta } = decoyOf(binary, { flips: 0.06, repeats: 1 });
    const regions = regionsBelowLoss(binary, theta);
    const solved = { theta, target: targetGradient(binary, theta) };
    const found = stationaryAtoms(binary, regions, solved, [12 / 400, 12 / 400], 300)!;
    found.x.forEach((row, label) => expect(excesses(regions[label]!, row)).toEqual([]));
    expect(found.after).toBeLessThan(0.3 * found.before);
    const end = fitOnMixture(binary, twoAtoms(found.x[0]!, found.x[1]!, 12, 24), binary.thetaClean);
    const apart = (a: Float64Array) => norm(a.map((value, j) => value - theta[j]!));
    expect(apart(end)).toBeLessThan(0.5 * apart(binary.thetaClean));
  });

  it('are none where no row has so little loss', () => {
    const binary = binaryGame(game, settings, 'kkt');
    const { theta } = decoyOf(binary, { flips: 0.2, repeats: 4 });
    const strict = { ...binary, settings: { ...settings, quantile: 0 } };
    const [zero, one] = regionsBelowLoss(strict, theta);
    const far = { ...zero!, balls: [{ ...zero!.balls[0]!, radius: 1e-3 }] };
    const solved = { theta, target: targetGradient(binary, theta) };
    expect(stationaryAtoms(binary, [far, one!], solved, [0.03, 0.03], 5)).toBeUndefined();
  });
});

describe('the binary game', () => {
  it('starts from the minimum on clean rows', () => {
    const { rows, thetaClean, precondition } = binaryGame(game, settings, 'kkt');
    expect(norm(logisticObjective([rows], thetaClean, settings.ridge).gradient)).toBeLessThan(1e-5);
    const again = fitLogistic([rows], { ridge: settings.ridge, start: normals(6), precondition, tolerance: 1e-8 });
    again.forEach((value, j) => expect(value).toBeCloseTo(thetaClean[j]!, 4));
  });

  it('is refused for more classes and other models', () => {
    const three = toyGame({ features: 5, classes: 3, clean: 90, poison: 3 });
    expect(() => binaryGame(three, settings, 'kkt')).toThrow(/binary linear defender.*kkt on model lr with 3 classes/);
  });

  it('is refused where Gamma leaves a class no row', () => {
    const constraint = {
      ...game.constraint,
      region: () => ({ balls: [{ name: 'sphere', centre: normals(5, 100), radius: 1 }], strips: [] }),
    };
    expect(() => binaryGame({ ...game, constraint }, settings, 'kkt')).toThrow(
      /constraint is .*class 0.*intersection is empty/,
    );
  });
});
