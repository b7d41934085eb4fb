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
    await whole.score([w], async () => {}),
    await pieces.score([w], async () => void (pauses += 1)),
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
  const plain = await scorer.score([w], async () => {});
  const { success, ...others } = await scorer.score([w], async () => {}, [signal, signal]);
  expect(success).toEqual([hits / 23, hits / 23]);
  expect({ ...others, success: [] }).toEqual(plain);
  scorer.dispose();
  expect(tf.memory().numTensors).toBe(tensors);
});

it('refuses a loss that is not finite', async () => {
  const scorer = createScorer(model, rows, { rowsAtOnce: 23, kept: false });
  await expect(scorer.score([w.map(() => 3e38)], async () => {})).rejects.toMatchObject({
    detail: { code: 'ABORTED' },
  });
  scorer.dispose();
});

it.each([23, 5])('lets an ensemble vote as a loop over its members does, in pieces of %d', async (rowsAtOnce) => {
  const tensors = tf.memory().numTensors;
  const members = Array.from({ length: 7 }, (_, k) => w.map((value, i) => value * Math.sin(1 + i * (k + 1))));
  const signal = { name: 'signal', features: [0], values: [1.5], target: 1 };
  const answersTo = (row: ArrayLike<number>) => {
    const counts = [0, 0, 0, 0];
    for (const own of members) {
      const z = counts.map((_, k) => own[12 + k]! + [0, 1, 2].reduce((sum, i) => sum + row[i]! * own[4 * i + k]!, 0));
      counts[z.indexOf(Math.max(...z))]! += 1;
    }
    const winner = counts.indexOf(Math.max(...counts));
    const others = counts.map((n, k) => (k === winner ? 0 : n + (k < winner ? 1 : 0)));
    return { winner, certificate: Math.floor((counts[winner]! - Math.max(...others)) / 2) };
  };
  const rowAt = (row: number): number[] => [...rows.x.subarray(3 * row, 3 * row + 3)];
  const all = Array.from({ length: 23 }, (_, row) => answersTo(rowAt(row)));
  const right = all.map(({ winner }, row) => winner === rows.y[row]);
  const scorer = createScorer(model, rows, { rowsAtOnce, kept: true });
  const found = await scorer.score(members, async () => {}, [signal]);
  expect([...found.certificates!]).toEqual(all.map(({ certificate }, row) => (right[row] ? certificate : -1)));
  expect(Math.max(...found.certificates!)).toBeGreaterThan(0);
  expect(found.accuracy).toBe(right.filter(Boolean).length / 23);
  const planted = Array.from({ length: 23 }, (_, row) => answersTo([1.5, ...rowAt(row).slice(1)]).winner);
  expect(found.success).toEqual([planted.filter((winner) => winner === 1).length / 23]);
  const losses = await Promise.all(members.map((own) => scorer.score([own], async () => {})));
  expect(found.loss).toBeCloseTo(losses.reduce((sum, { loss }) => sum + loss, 0) / 7, 6);
  expect(losses[0]).not.toHaveProperty('certificates');
  scorer.dispose();
  expect(tf.memory().numTensors).toBe(tensors);
});
