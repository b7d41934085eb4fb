import { spread } from '@theriac/game';
import type { Spread } from '@theriac/game';
import type { ArmCard, OnlineCard } from '../online/online-card';
import { onlineFlags as parsedFlags } from '../fakes/parsed-online';
import { parseCell } from './cell-file';
import type { CellSettings, OnlineCell } from './cell-file';
import { workOf } from './cell-work';
import { onlineFlags } from './online-flags';
import { outcomeOf } from './outcome';
import { detailNote } from './remarks';
import type { Entry } from './entries';
import type { MeasuredCell } from './measured-cell';

const file = 'cells/greedy-gate.yaml';
const cellOf = (lines: string) =>
  parseCell(
    `kind: online\nrow: greedy\ncolumn: gate\ndataset: mnist\nmodel: lr\nprofiles: { quick: {}, standard: {}, paper: {} }\n${lines}`,
    'greedy-gate',
    file,
  );
const settingsOf = (lines: string) => cellOf(lines).profiles.quick as OnlineCell & CellSettings;

it('asks what the same options of the command line ask', () => {
  const lines = `attack: accumulative
options: { trigger: 3 }
share: 0.1
defence: gate:tolerance=0.1
constraint: linf-ball
radius: 0.2
fixed-labels: true
ticks: 9
per-tick: 50
learning-rate: 0.02
score-every: 2
collapse-at: 0.4
train-limit: 3000`;
  const words =
    '--attack accumulative --option trigger=3 --share 0.1 --defence gate:tolerance=0.1 --constraint linf-ball --radius 0.2 --fixed-labels ' +
    '--ticks 9 --per-tick 50 --learning-rate 0.02 --score-every 2 --collapse-at 0.4 --train-limit 3000';
  expect(onlineFlags(settingsOf(lines))).toMatchObject(withoutPlaces(parsedFlags(words.split(' '))));
});

it('has the usual values where a cell says nothing', () => {
  expect(onlineFlags(settingsOf(''))).toMatchObject(withoutPlaces(parsedFlags([])));
});

/** What is played, without where the command line keeps it and where services are. */
function withoutPlaces(flags: object): object {
  const { runsDir: _, ...played } = flags as Record<string, unknown>;
  return played;
}

it.each([
  ['an attack of other games', 'attack: tgda', /attack/],
  ['a share above 1', 'share: 1.5', /share/],
  ['a defence of other games', 'defence: l2', /defence/],
  ['a key that online games do not have', 'poison-fraction: 0.03', /poison-fraction/],
])('refuses %s, naming the file', (_, lines, word) => {
  const read = () => workOf(cellOf(lines), 'quick', ['mnist']);
  expect(read).toThrow(file);
  expect(read).toThrow(word);
});

function arm(name: string, attacked: boolean, defence: string, lowest: Spread, collapse: (number | null)[]): ArmCard {
  const weights = { trained: 1, weight: 1 };
  return {
    name,
    attacked,
    defence,
    final: lowest,
    lowest,
    ticksToCollapse: collapse,
    collapsed: collapse.filter((tick) => tick !== null).length,
    regret: spread([0, 0]),
    regretPerTick: spread([0, 0]),
    honest: weights,
    poison: { rows: 40, ...weights },
    rolledBack: spread([0, 0]),
    curves: [[], []],
  };
}

it('shows the defended trainer first: its lowest accuracies without and with the attacker, and when it collapsed', () => {
  const arms = [
    arm('clean', false, 'none', spread([90, 92]), [null, null]),
    arm('attacked', true, 'none', spread([10, 14]), [4, 8]),
    arm('clean-1', false, 'gate', spread([88, 90]), [null, null]),
    arm('attacked-1', true, 'gate', spread([87, 30]), [null, 8]),
  ];
  const engine = { name: 'tensorflow', version: '2', device: 'cpu', threads: 1 };
  const card = { arms, seconds: 5, machine: { cpu: 'a', cores: 2 } } as unknown as OnlineCard;
  const measured = { kind: 'online', card, manifest: { backends: { trainer: engine } } } as unknown as MeasuredCell;
  const { lines, flags, poisonCount } = outcomeOf(measured);
  expect(lines.map(({ protocol, drop, collapsed }) => [protocol, drop?.values, collapsed])).toEqual([
    ['attacked, gate', [1, 60], 'collapsed 1 of 2, at -, 8'],
    ['attacked', [80, 78], 'collapsed 2 of 2, at 4, 8'],
  ]);
  expect(lines[0]).toMatchObject({ repetitions: 2, clean: { mean: 89 }, accuracy: { mean: 58.5 } });
  expect(flags).toEqual(['The trainer defended by gate collapsed with 1 of 2 seeds.']);
  expect(poisonCount).toBe(40);
});

it.each([
  [['online'], /lowest accuracy at any tick/, /last ten epochs/],
  [['game'], /last ten epochs/, /tick/],
  [['corruption'], /one model/, /epochs\. A|tick/],
  [['game', 'online'], /last ten epochs.*tick/, /one model/],
])('says of cells of kind %j what their accuracies are', (kinds, said, unsaid) => {
  const entries = kinds.map((kind) => ({ state: { measured: { kind } } }) as Entry);
  expect(detailNote(entries)).toMatch(said);
  expect(detailNote(entries)).not.toMatch(unsaid);
});
