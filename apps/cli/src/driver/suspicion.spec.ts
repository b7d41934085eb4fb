import { createManifest, spread } from '@theriac/game';
import type { ProtocolCard } from '@theriac/game';
import type { CraftedRecord, VerifiedRecord } from './records';
import { suspicionFlags } from './suspicion';
import type { Evidence } from './suspicion';

const backend = { name: 'wasm', device: 'cpu', version: '4', threads: 1, compiles: false };
const file = { file: 'poison.safetensors', sha256: '', size: 0 };
const crafted: CraftedRecord = {
  status: 'crafted',
  poison: file,
  count: 1800,
  target: null,
  residual: { before: 2, after: 1 },
  flags: [],
  metrics: {},
  seconds: 1,
};
const threshold = { tau: 0.02, innerProduct: 1, gradientInnerProduct: 1, constant: 1.1, crossEntropy: 2, entropy: 1 };
const verified: VerifiedRecord = {
  status: 'verified',
  count: 1800,
  allowedCount: 1800,
  violations: [],
  rowNorms: { median: 1, max: 1, cleanMedian: 1 },
  target: { threshold, accuracy: 0, reachability: { norm: 1, cleanNorm: 1, lowerBound: 0 }, scaled: [] },
};
const protocol = (name: string, clean: number, norm = 1e-5): ProtocolCard => {
  const same = { clean: spread([clean]), poisoned: spread([clean]), drop: spread([0]) };
  const gradientNorm = { mean: norm, max: norm };
  return {
    name,
    seeds: [1],
    ...same,
    last: same,
    best: same,
    epochs: 1,
    gradientNorm,
    cleanGradientNorm: gradientNorm,
    seconds: 1,
  };
};
const evidence: Evidence = {
  manifest: createManifest({
    release: '0.1.0',
    game: { dataset: 'mnist', trainLimit: 0, validationCount: 0, model: 'lr', scaling: 'standardised' },
    dataDigest: null,
    attack: { id: 'gradient-canceling', options: {} },
    poisonFraction: 0.03,
    constraint: { kind: 'none', radius: 0, fixedLabels: false },
    defence: 'none',
    attackerProtocol: 'p-gradpc',
    protocols: ['p-gc'],
    attackSeed: 0,
    seeds: [1],
    keepEpochs: 10,
    backends: { trainer: backend, attacker: backend, evaluator: backend },
  }),
  crafted,
  verified,
  protocols: [protocol('p-gc', 92), protocol('converged', 92)],
  diverged: [],
  published: { source: '', page: 8, clean: 92.35, accuracy: 92.35, drop: 0 },
  unchangedRows: 0,
  notice: undefined,
};
const flagsWith = (changes: Partial<Evidence>): string[] => suspicionFlags({ ...evidence, ...changes });

it('raises nothing where there is nothing to suspect', () => {
  expect(suspicionFlags(evidence)).toEqual([]);
});

it.each<[string, Partial<Evidence>, RegExp]>([
  ['zero gradient', { crafted: { ...crafted, residual: { before: 0, after: 0 } } }, /zero gradient/],
  [
    'a residual that grew',
    { crafted: { ...crafted, residual: { before: 2, after: 2.5 } } },
    /not decreasing: 2 .* 2.5/,
  ],
  ['a low clean accuracy', { protocols: [protocol('p-gc', 91.3)] }, /91.30.*below the reported 92.35/],
  ['poison that is its base', { unchangedRows: 1800 }, /equal to its initialisation/],
  ['some rows that are their base', { unchangedRows: 7 }, /7 of 1800/],
  ['no rows', { crafted: { ...crafted, count: 0, residual: null } }, /no poison/],
  [
    'an unreachable target',
    { verified: { ...verified, target: { ...verified.target!, threshold: { ...threshold, tau: 6.5 } } } },
    /fraction below tau: 0.03 < 6.5/,
  ],
  [
    'a broken rule',
    { verified: { ...verified, violations: [{ rule: 'box', rows: 3, worst: 1, message: 'pixels above 1' }] } },
    /pixels above 1 \(3 rows\)/,
  ],
  ['too many rows', { verified: { ...verified, count: 1801 } }, /1801 poison rows .* 1800/],
  ['divergence', { diverged: [{ label: 'p-gc, seed 2', reason: 'the loss is NaN' }] }, /diverged: p-gc, seed 2/],
  ['a defender far from an argmin', { protocols: [protocol('converged', 92, 0.18)] }, /did not converge.*0.18/],
  ['what the attacker says', { crafted: { ...crafted, flags: ['dead rows'] } }, /^dead rows$/],
  ["the data set's notice", { notice: 'synthetic digits stand in' }, /stand in/],
])('raises one flag for %s', (_, changes, expected) => {
  const flags = flagsWith(changes);
  expect(flags).toHaveLength(1);
  expect(flags[0]).toMatch(expected);
});

it('does not compare a part of the data with the paper', () => {
  const part = { ...evidence.manifest, game: { ...evidence.manifest.game, trainLimit: 1000 } };
  expect(flagsWith({ manifest: part, protocols: [protocol('p-gc', 80)] })).toEqual([]);
});
