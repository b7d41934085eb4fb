import type { ResultCard } from '@theriac/game';
import { parsePlan } from './plan-file';
import { csvHead, csvLines, sweepTable } from './results';

const plan = parsePlan(
  'game: { dataset: mnist, model: lr }\ngrid: { attack: [label-flip], defence: ["l2,knn", none] }',
  'plan.yaml',
  ['mnist'],
);
const spread = (mean: number | null, sd: number | null) => ({ mean, sd, values: [mean] });
const card = {
  protocols: [
    { name: 'p-gc', seeds: [1, 2], clean: spread(92, 0.5), poisoned: spread(90.5, 1), drop: spread(1.5, 0.5) },
    { name: 'stable-sgd', seeds: [1, 2], clean: spread(91, 0), poisoned: spread(null, null), drop: spread(null, null) },
  ],
  poisonCount: 30,
  seconds: { craft: 1, total: 12 },
  flags: ['It said "no"', 'twice'],
} as unknown as ResultCard;
const played = {
  index: 0,
  choices: ['label-flip', 'l2,knn'],
  swept: { version: 1, digest: '', run: 'a-run', card },
} as const;
const missing = { index: 1, choices: ['label-flip', 'none'], swept: undefined } as const;

it('writes a line of CSV for every protocol, quoted where it must be, empty where a defender diverged', () => {
  expect(csvHead(plan)).toBe(
    'game,attack,defence,run,protocol,clean_mean,clean_sd,poisoned_mean,poisoned_sd,drop_mean,drop_sd,seeds,poison_rows,seconds,flags\n',
  );
  expect(csvLines(played)).toEqual([
    '0,label-flip,"l2,knn",a-run,p-gc,92,0.5,90.5,1,1.5,0.5,2,30,12,"It said ""no""; twice"\n',
    '0,label-flip,"l2,knn",a-run,stable-sgd,91,0,,,,,2,30,12,"It said ""no""; twice"\n',
  ]);
  expect(csvLines(missing)).toEqual([]);
});

it('shows the first protocol of every game, and which were not played', () => {
  const [, , first, second] = sweepTable(plan, [played, missing]).split('\n');
  expect(first).toMatch(/0 +label-flip +l2,knn +p-gc +92\.00 ±0\.50 +90\.50 ±1\.00 +1\.50 ±0\.50 +2 +⚑/);
  expect(second).toMatch(/1 +label-flip +none +not played$/);
});
