import { startBackend } from '@theriac/tensors/engine';
import { toyGame } from '@theriac/testing';
import { pixelStep, poisonOf } from './pixel-step';

const size = { features: 3, classes: 2, clean: 20, poison: 2 };

beforeAll(async () => {
  await startBackend();
});

describe('a pixel step', () => {
  const x = Float32Array.of(0.1, 0.2, 0.3, -0.1, -0.2, -0.3);
  const direction = Float32Array.of(3, 0, -4, 0, 0, 0);
  const base = Float32Array.of(0.5, 0.5, 0.5, 0.5, 0.5, 0.5);

  it('moves each row by its rate along its own direction, and a row without one not at all', () => {
    const moved = pixelStep(toyGame(size), x, direction, { kind: 'normalised', rate: 0.5, base });
    expect([...moved].map((value) => value.toFixed(4))).toEqual([
      '0.4000',
      '0.2000',
      '-0.1000',
      '-0.1000',
      '-0.2000',
      '-0.3000',
    ]);
    expect([...x.subarray(0, 1)]).toEqual([Math.fround(0.1)]);
  });

  it('moves by signs', () => {
    const moved = pixelStep(toyGame(size), x, direction, { kind: 'sign', rate: 0.5, base });
    expect([...moved].map((value) => value.toFixed(4))).toEqual([
      '0.6000',
      '0.2000',
      '-0.2000',
      '-0.1000',
      '-0.2000',
      '-0.3000',
    ]);
  });

  it.each([
    ['box', 2, [1, 0.55]],
    ['linf-ball', 0.4, [0.6, 0.55]],
  ])('stays within %s, whose bounds are in stored space', (constraint, limit, expected) => {
    // Stored values are a quarter of model-input values, plus a half; the ball's radius is 0.1.
    const moved = pixelStep(toyGame(size, { constraint }), x, Float32Array.of(1, 0, 0, 0, 0, 0), {
      kind: 'normalised',
      rate: 10,
      base,
    });
    expect(moved[0]).toBeCloseTo(limit, 5);
    const game = toyGame(size, { constraint });
    const poison = poisonOf(game, moved, Int32Array.of(0, 1), { indices: Int32Array.of(4, 5), stored: base });
    expect(poison.x[0]).toBeCloseTo(expected[0]!, 6);
    expect(poison.x[1]).toBeCloseTo(expected[1]!, 6);
    expect(game.constraint.violations(poison, { x: base, y: poison.y })).toEqual([]);
  });
});
