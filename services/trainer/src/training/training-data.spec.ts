import type { Rows, StreamedRows } from '@theriac/game';
import { gatheredRows, rowsBetween } from '@theriac/game';
import { liveTensors, startBackend } from '@theriac/tensors/engine';
import { trainingData } from './training-data';

beforeAll(async () => {
  await startBackend();
});

const features = 3;
const rows = (count: number, from: number): Rows => ({
  x: Float32Array.from({ length: count * features }, (_, k) => from + k),
  y: Uint8Array.from({ length: count }, (_, k) => k % 4),
  count,
  features,
});
const [mu, nu] = [rows(5, 0), rows(2, 100)];
const streamed: StreamedRows = {
  y: mu.y,
  count: mu.count,
  features,
  gather: (indices) => gatheredRows(mu, indices).x,
  block: (from, to) => rowsBetween(mu, from, to).x,
};

describe('the data of a training', () => {
  it('are clean rows, then poison, held or streamed alike', () => {
    for (const clean of [mu, streamed]) {
      const data = trainingData(clean, nu);
      expect([data.clean, data.added, data.rows.count]).toEqual([5, 2, 7]);
      const found = data.gather(Int32Array.of(6, 0, 4));
      expect([...found.x]).toEqual([103, 104, 105, 0, 1, 2, 12, 13, 14]);
      expect([...found.y]).toEqual([1, 0, 0]);
    }
  });

  it('are placed once, when held, and put away', () => {
    const before = liveTensors();
    const data = trainingData(mu, nu);
    expect(liveTensors()).toBe(before);
    const placed = data.resident()!;
    expect(data.resident()).toBe(placed);
    expect([...placed.x.dataSync()]).toEqual([...mu.x, ...nu.x]);
    expect([...placed.y.dataSync()]).toEqual([...mu.y, ...nu.y]);
    expect(liveTensors()).toBe(before + 2);
    data.dispose();
    expect(liveTensors()).toBe(before);
  });

  it('are never placed when streamed', () => expect(trainingData(streamed, nu).resident()).toBeUndefined());

  it('are the clean rows themselves where there is no poison', () => {
    expect(trainingData(mu, undefined).rows).toBe(mu);
    expect(trainingData(mu, rows(0, 0))).toMatchObject({ added: 0, rows: mu });
  });
});
