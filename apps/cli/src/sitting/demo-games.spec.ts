import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compare } from '@theriac/game';
import type { ResultCard } from '@theriac/game';
import { demoGames, demoTable } from './demo-games';

const comparison = compare([92, 92.2], [90.5, 90.9]);
const card = {
  dataset: 'mnist',
  model: 'lr',
  poisonFraction: 0.03,
  target: null,
  protocols: [{ name: 'p-gc', ...comparison, gradientNorm: { mean: 1, max: 1 } }],
} as unknown as ResultCard;

it("puts the lecture's figures beside the measured ones", () => {
  const lines = demoTable(demoGames.map((game) => ({ game, card })))
    .split('\n')
    .slice(2);
  expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
    ['label flip', '92.10 ±0.14', '90.70 ±0.28', '1.40 ±0.14', '1.52'],
    ["Gradient Canceling, the paper's target", '92.10 ±0.14', '90.70 ±0.28', '1.40 ±0.14', '22.97'],
    ['Gradient Canceling, reversed target', '92.10 ±0.14', '90.70 ±0.28', '1.40 ±0.14', '-'],
  ]);
});

it('compares nothing with the lecture on another data set', () => {
  const [game] = demoGames;
  const line = demoTable([{ game: game!, card: { ...card, dataset: 'synthetic-digits' } }]).split('\n')[2];
  expect(line?.trim().split(/ {2,}/).at(-1)).toBe('-');
});

it('is what npm start runs', () => {
  const root = JSON.parse(readFileSync(join(__dirname, '../../../../package.json'), 'utf8')) as {
    scripts: { start: string };
  };
  expect(root.scripts.start).toMatch(/theriac\.cjs demo$/);
});
