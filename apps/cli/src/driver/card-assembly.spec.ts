import { createManifest } from '@theriac/game';
import type { Manifest } from '@theriac/game';
import { cardSummary } from '../presentation/card-text';
import { assembleCard } from './card-assembly';
import type { FinishedGame } from './card-assembly';
import type { CraftedRecord, FinishedTraining, VerifiedRecord } from './records';

const backend = { name: 'tensorflow', device: 'cpu', version: '2', threads: 2, compiles: true };
const manifest: Manifest = createManifest({
  release: '0.1.0',
  game: { dataset: 'mnist', trainLimit: 0, validationCount: 0, model: 'lr', scaling: 'standardised' },
  dataDigest: null,
  attack: { id: 'gradient-canceling', options: { target: 'reversed' } },
  poisonFraction: 0.03,
  constraint: { kind: 'none', radius: 0, fixedLabels: false },
  defence: 'none',
  attackerProtocol: 'p-gradpc',
  protocols: ['p-gc', 'converged'],
  attackSeed: 0,
  seeds: [1, 2],
  keepEpochs: 100,
  backends: { trainer: backend, attacker: backend, evaluator: backend },
});
const file = { file: 'f', sha256: '', size: 0 };
const trained = (accuracies: number[], gradientNorm: number): FinishedTraining => ({
  status: 'scored',
  parameters: file,
  layout: [],
  loss: 1,
  gradientNorm,
  stopped: 'epochs',
  seconds: 4,
  scores: { accuracies, losses: [], perClass: [], confusion: [], testCount: 10 },
});
const falling = (to: number): number[] => [90, ...Array.from({ length: 10 }, (_, epoch) => to + (epoch % 2))];
const trainings = new Map<string, FinishedTraining>([
  ['clean-p-gc-1', trained(falling(92), 0.01)],
  ['clean-p-gc-2', trained(falling(91), 0.03)],
  ['clean-converged-1', trained([91.8], 1e-6)],
  ['poisoned-p-gc-1', trained(falling(4), 3)],
  ['poisoned-p-gc-2', trained(falling(8), 5)],
  ['poisoned-converged-1', trained([11], 1e-4)],
]);
const crafted: CraftedRecord = {
  status: 'crafted',
  poison: file,
  count: 1800,
  target: { kind: 'reversed', scale: 0.003, parameters: file },
  residual: { before: 3.5, after: 3e-8 },
  flags: [],
  metrics: {},
  seconds: 3.8,
};
const verified: VerifiedRecord = {
  status: 'verified',
  count: 1800,
  allowedCount: 1800,
  violations: [],
  rowNorms: { median: 640, max: 3150, cleanMedian: 27.5 },
  target: {
    threshold: {
      tau: 0.027,
      innerProduct: 0.03,
      gradientInnerProduct: 0.03,
      constant: 1.1,
      crossEntropy: 2.3,
      entropy: 2.27,
    },
    accuracy: 11.35,
    reachability: { norm: 3e-8, cleanNorm: 3.5, lowerBound: 0 },
    scaled: [],
  },
};
const game: FinishedGame = {
  manifest,
  crafted,
  verified,
  trainings,
  unchangedRows: 0,
  notice: undefined,
  totalSeconds: 100,
  machine: { cores: 2 },
};
const reportedFor = (changes: Partial<Manifest>) =>
  assembleCard({ ...game, manifest: { ...manifest, ...changes } }).reported;

describe('assembleCard', () => {
  const card = assembleCard(game);

  it('averages the last ten epochs over seeds, and shows the last and the best beside', () => {
    const [stochastic, converged] = card.protocols;
    expect(stochastic).toMatchObject({
      name: 'p-gc',
      seeds: [1, 2],
      epochs: 10,
      clean: { mean: 92, values: [92.5, 91.5] },
      poisoned: { mean: 6.5, values: [4.5, 8.5] },
      drop: { mean: 85.5, values: [88, 83] },
      last: { poisoned: { values: [5, 9] } },
      best: { poisoned: { values: [90, 90] } },
      gradientNorm: { mean: 4, max: 5 },
      cleanGradientNorm: { mean: 0.02, max: 0.03 },
      seconds: 16,
    });
    expect(converged).toMatchObject({ seeds: [1], epochs: 1, drop: { mean: 80.8, sd: null, values: [80.8] } });
    expect(card).toMatchObject({
      poisonCount: 1800,
      flags: [],
      backend: 'tensorflow',
      seconds: { craft: 3.8, total: 100 },
    });
  });

  it("holds a target of ours against the paper's, and says so", () => {
    expect(card.reported).toMatchObject({ clean: 92.35, drop: 22.97 });
    expect(card.reported?.source).toMatch(/with its GradPC target$/);
    const attack = { id: 'gradient-canceling', options: { target: 'gradpc' } };
    expect(reportedFor({ attack })?.source).not.toContain('with its');
  });

  it('reports nothing where nothing comparable was published', () => {
    const clean = { clean: 92.35, drop: null };
    expect(reportedFor({ constraint: { kind: 'box', radius: 0, fixedLabels: false } })).toMatchObject(clean);
    expect(reportedFor({ poisonFraction: 0.07 })).toMatchObject(clean);
    expect(reportedFor({ attack: null, poisonFraction: 0 })).toMatchObject(clean);
    expect(reportedFor({ game: { ...manifest.game, trainLimit: 1000 } })).toBeNull();
    expect(reportedFor({ game: { ...manifest.game, dataset: 'gaussians' } })).toBeNull();
  });

  it('reads well on a terminal', () => {
    const text = cardSummary(card, 'runs/x');
    for (const words of [
      'lr on mnist, gradient-canceling, reversed target, 1800 poison rows (fraction 0.03)',
      '92.00 ±0.71',
      '85.50 ±3.54',
      'Reported: clean 92.35, drop 22.97',
      'tau 0.027 against a fraction of 0.03',
      '3.5 before, 3.00e-8 after',
      'Constraint: none, kept',
      'Report: runs/x/report.html',
    ])
      expect(text).toContain(words);
    expect(text).not.toMatch(/undefined|NaN|null/);
  });
});
