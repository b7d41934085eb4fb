import { createModel } from '@theriac/game/engine';
import type { Rows } from '@theriac/game';
import { randomStream } from '@theriac/tensors';
import { startBackend, tf } from '@theriac/tensors/engine';
import { createScorer } from './scoring';

beforeAll(() => startBackend({ threads: 1 }));

const model = createModel('lr', [3], 4);
const random = randomStream(3, 'scoring');
const rows: Rows = {
  x: Float32Array.from({ length: 3 * 23 }, () => random.normal()),
  y: Int32Array.from({ length: 23 }, () => random.integer(4)),
  count: 23,
  features: 3,
};
const w = Float32Array.from({ length: model.layout.size }, () => random.normal());

it.each([
  [100, false],
  [5, true],
  [5, false],
  [1, false],
])('scores alike in pieces of %p, kept: %p, and leaves nothing behind', async (rowsAtOnce, kept) => {
  const tensors = tf.memory().numTensors;
  const whole = createScorer(model, rows, { rowsAtOnce: 23, kept: true });
  const pieces = createScorer(model, rows, { rowsAtOnce, kept });
  let pauses = 0;
  const [expected, found] = [
    await whole.score(w, async () => {}),
    await pieces.score(w, async () => void (pauses += 1)),
  ];
  expect(found.confusion).toEqual(expected.confusion);
  expect(found.loss).toBeCloseTo(expected.loss, 6);
  expect(pauses).toBe(Math.ceil(23 / rowsAtOnce));
  whole.dispose();
  pieces.dispose();
  expect(tf.memory().numTensors).toBe(tensors);
});

it('refuses a loss that is not finite', async () => {
  const scorer = createScorer(model, rows, { rowsAtOnce: 23, kept: false });
  await expect(
    scorer.score(
      w.map(() => 3e38),
      async () => {},
    ),
  ).rejects.toMatchObject({ detail: { code: 'ABORTED' } });
  scorer.dispose();
});
