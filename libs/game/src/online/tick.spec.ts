import { randomStream } from '@theriac/tensors';
import { parseOptions } from '../attack';
import { regressionGradient } from '../softmax-regression';
import type { ChosenDefence } from './defence';
import { onlineDefences } from './defences/registry';
import { toyTrainer } from './fakes/toy-players';
import { batchOf, playTick } from './tick';
import type { Batch, OnlineState } from './tick';

const [features, classes] = [5, 3];
const size = (features + 1) * classes;
const random = randomStream(9, 'tick');
const normals = (length: number) => Float32Array.from({ length }, () => random.normal());
const rowsOf = (count: number) => ({
  x: normals(count * features),
  y: Int32Array.from({ length: count }, () => random.integer(classes)),
  count,
  features,
});
const batch = (count: number): Batch => ({
  rows: rowsOf(count),
  users: Int32Array.from({ length: count }, (_, k) => Math.floor(k / 3)),
  poison: Uint8Array.from({ length: count }, (_, k) => (k % 4 === 0 ? 1 : 0)),
});
const trusted = rowsOf(30);
const trainer = toyTrainer(trusted, classes);
const start: OnlineState = { tick: 0, w: normals(size), seen: [], queue: [], loss: null };
const eta = 0.1;
const chosen = (id: string, given: Record<string, unknown> = {}): ChosenDefence => {
  const defence = onlineDefences.find((one) => one.id === id) as ChosenDefence['defence'];
  return { defence, options: parseOptions(defence.options, given, id) };
};
const descended = (w: Float32Array, { rows }: Batch): number[] => {
  const { gradient } = regressionGradient(w, rows, classes);
  return [...w].map((value, k) => value - eta * (gradient[k] as number));
};
function expectNear(found: Float32Array, expected: readonly number[]): void {
  expected.forEach((value, k) => expect(found[k]).toBeCloseTo(value, 5));
}

describe('playTick', () => {
  const arrivals = batch(12);

  it('takes one gradient step on all that came, undefended', async () => {
    const { state, report } = await playTick(start, arrivals, [], eta, 0, trainer);
    expectNear(state.w, descended(start.w, arrivals));
    expect(state).toMatchObject({ tick: 1, seen: [], queue: [], loss: null });
    expect(report.poison).toEqual({ arrived: 3, admitted: 3, trained: 3, weight: 3 });
    expect(report.honest).toEqual({ arrived: 9, admitted: 9, trained: 9, weight: 9 });
  });

  it('takes the same step user by user where the cap is out of reach', async () => {
    const { state } = await playTick(start, arrivals, [chosen('influence-cap', { times: 1e6 })], eta, 0, trainer);
    expectNear(state.w, descended(start.w, arrivals));
  });

  it("weighs every user's gradient by its factor", async () => {
    const cap = chosen('influence-cap', { by: 'rows', share: 0.125 });
    const { state, report } = await playTick(start, arrivals, [cap], eta, 0, trainer);
    // Four users with a quarter of the rows each: half of every part is left.
    const whole = descended(start.w, arrivals);
    expectNear(
      state.w,
      [...start.w].map((value, k) => (value + (whole[k] as number)) / 2),
    );
    expect(report.poison.weight).toBe(1.5);
  });

  it('trains on what was admitted only', async () => {
    const { state, report } = await playTick(start, arrivals, [chosen('rate-limit', { posts: 1 })], eta, 0, trainer);
    expectNear(state.w, descended(start.w, batchOf(arrivals, Int32Array.of(0, 3, 6, 9))));
    expect([report.honest.admitted, report.poison.admitted]).toEqual([3, 1]);
  });

  it('trains on rows after they have waited, in their order', async () => {
    const batches = [batch(6), batch(6), batch(6)];
    let state = start;
    for (const each of batches)
      ({ state } = await playTick(state, each, [chosen('delayed-ingestion', { ticks: 2 })], eta, 0, trainer));
    expectNear(state.w, descended(start.w, batches[0] as Batch));
    expect(state.queue).toHaveLength(2);
  });

  it('goes back where the loss on trusted rows rises above the ceiling, and only then', async () => {
    let fitted = start.w;
    for (let step = 0; step < 100; step++) fitted = await trainer.step(fitted, trusted, 0.2);
    const good: Batch = { rows: trusted, users: new Int32Array(30), poison: new Uint8Array(30) };
    const bad = { ...good, rows: { ...trusted, y: trusted.y.map((label) => (label + 1) % classes) } };
    const gate = chosen('gate', { tolerance: 0 });
    const stopped = await playTick({ ...start, w: fitted }, bad, [gate], eta, 0, trainer);
    expect(stopped.state.w).toBe(fitted);
    expect(stopped.report).toMatchObject({ rolledBack: true, honest: { admitted: 30, trained: 0 } });
    const before = regressionGradient(fitted, trusted, classes).loss;
    expect(stopped.state.loss).toEqual({ last: before, best: before });
    const kept = await playTick(stopped.state, good, [gate], eta, 0, trainer);
    expect(kept.report.rolledBack).toBe(false);
    expect(kept.state.loss?.best).toBeLessThan(before);
  });

  it('keeps the models that an attacker with a lag still sees', async () => {
    let state = start;
    const models = [start.w];
    for (let tick = 0; tick < 4; tick++) {
      ({ state } = await playTick(state, batch(3), [], eta, 2, trainer));
      models.push(state.w);
    }
    expect(state.seen).toEqual(models.slice(2, 4));
  });

  it('goes on without rows', async () => {
    const none = batchOf(arrivals, new Int32Array(0));
    const { state } = await playTick(start, none, [chosen('influence-cap'), chosen('gate')], eta, 0, trainer);
    expect(state.w).toBe(start.w);
  });
});
