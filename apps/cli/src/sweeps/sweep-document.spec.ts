import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson } from '@theriac/game';
import type { ResultCard } from '@theriac/game';
import { parsePlan } from './plan-file';
import { sweepCsv, sweepJson } from './sweep-document';
import { writeSwept } from './sweep-store';

let runs: string;
beforeEach(() => {
  runs = mkdtempSync(join(tmpdir(), 'theriac-swept-'));
});
afterEach(() => rmSync(runs, { recursive: true, force: true }));

const plan = parsePlan(
  'title: "Of [] and \\\\n"\ngame: { dataset: mnist, model: lr }\ngrid: { seed: [1, 2, 3] }',
  'plan.yaml',
  ['mnist'],
);
const spread = { mean: 1, sd: null, values: [1] };
const card = {
  protocols: [{ name: 'p-gc', seeds: [1], clean: spread, poisoned: spread, drop: spread }],
  poisonCount: 30,
  seconds: { craft: 1, total: 12 },
  flags: ['two\nlines'],
} as unknown as ResultCard;

it('is the document of all games at once, played or not', () => {
  const { digest, choices } = plan.gameAt(1);
  writeSwept(runs, { version: 1, digest, run: 'a-run', card });
  const not = (index: number) => ({ index, choices: [String(index + 1)], run: null, card: null });
  const { title, varied, count } = plan;
  const games = [not(0), { index: 1, choices, run: 'a-run', card }, not(2)];
  expect([...sweepJson(plan, runs)].join('')).toBe(canonicalJson({ title, varied, count, games }));
  const lines = [...sweepCsv(plan, runs)];
  expect(lines).toHaveLength(2);
  expect(lines[1]).toMatch(/^1,2,a-run,p-gc,1,,/);
});
