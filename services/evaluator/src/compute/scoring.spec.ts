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

it.each([
  ['planted, in one piece', 23, 3],
  ['planted, in pieces', 5, 3],
  ['erased', 7, undefined],
])('measures a signal as a loop over the rows does: %s', async (_, rowsAtOnce, target) => {
  const tensors = tf.memory().numTensors;
  const signal = { name: 'signal', features: [2], values: [0.2], ...(target === undefined ? {} : { target }) };
  const answer = (row: ArrayLike<number>): number => {
    const z = [0, 1, 2, 3].map((k) => w[12 + k]! + [0, 1, 2].reduce((sum, i) => sum + row[i]! * w[4 * i + k]!, 0));
    return z.indexOf(Math.max(...z));
  };
  let hits = 0;
  for (let row = 0; row < 23; row++) {
    const x = rows.x.subarray(3 * row, 3 * row + 3);
    hits += answer([x[0]!, x[1]!, 0.2]) === (target ?? answer(x)) ? 1 : 0;
  }
  expect(hits).toBeGreaterThan(0);
  expect(hits).toBeLessThan(23);
  const scorer = createScorer(model, rows, { rowsAtOnce, kept: true });
  const plain = await scorer.score(w, async () => {});
  const { success, ...others } = await scorer.score(w, async () => {}, [signal, signal]);
  expect(success).toEqual([hits / 23, hits / 23]);
  expect({ ...others, success: [] }).toEqual(plain);
  scorer.dispose();
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
