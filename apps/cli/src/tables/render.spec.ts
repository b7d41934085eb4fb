import { fakeCell, fakeGame, fakeManifest, fakeState, fakeTable } from '../fakes/measured-cells';
import { tableMarkdown } from './markdown';
import { measuredCell } from './measured-cell';
import { tablePage } from './page';
import { probeOf } from './probe';

const attack = ['attack: tgda', 'poison-fraction: 0.03'];
const clean = fakeCell('lr', 'clean', 'poison-fraction: 0');
const tgda = fakeCell('lr', 'tgda', ...attack);
const nnTgda = fakeCell('nn', 'tgda', ...attack);
const iMinMax = fakeCell('cnn', 'i-min-max', 'attack: i-min-max', 'poison-fraction: 0.03');
const cnnTgda = fakeCell('cnn', 'tgda', ...attack);
const table = fakeTable(
  [clean, tgda, nnTgda, iMinMax, cnnTgda],
  'rows: { lr: LR, nn: NN, cnn: CNN }',
  "columns: { clean: clean, i-min-max: 'i-min-max', tgda: TGDA }",
  'footnotes: [{ on: i-min-max, text: "Our reading of <w, g>." }]',
  'notes: [A note to all.]',
);
const plain = fakeGame(clean, [92.4, 92.2], [92.4, 92.2], { attack: 'none', poisonCount: 0 });
const states = [
  fakeState(clean, plain),
  fakeState(tgda, fakeGame(tgda, [92.4, 92.2], [91.3, 91.3])),
  fakeState(nnTgda, fakeGame(nnTgda, [98, 98.2], [90, 90.2], { flags: ['the residual <did> not fall'] })),
  fakeState(iMinMax),
  fakeState(cnnTgda, undefined, { failed: true, reason: 'the trainer died (signal SIGKILL)' }),
];
const markdown = tableMarkdown(table, 'quick', states);
const html = tablePage(table, 'quick', states);
const rowOf = (text: string): string[] => (markdown.split('\n').find((line) => line.includes(text)) ?? '').split(' | ');

describe('a rendered table', () => {
  it("has the lecture's figure above the measured one", () => {
    expect(rowOf('**LR**')).toEqual(['| **LR**', 'lecture', '92.35', '', '89.56 / 2.79 ±0.07 |']);
    const lines = markdown.split('\n');
    const measured = lines[lines.findIndex((line) => line.includes('**LR**')) + 1] ?? '';
    expect(measured).toContain('92.30 ±0.14');
    expect(measured).toContain('91.30 / 1.00 ±0.14');
  });

  it('calls a miss a miss, and only that', () => {
    expect(markdown).toContain('91.30 / 1.00 ±0.14 ✗');
    expect(markdown).toContain('90.10 / 8.00 ±0.00 ⚑');
    expect(markdown).not.toContain('92.30 ±0.14 ✗');
    expect(markdown).toContain("✗ misses the lecture's figure");
  });

  it('says what is missing, and why', () => {
    expect(markdown).toContain('not measured');
    expect(markdown).toContain('- cnn-tgda: the trainer died (signal SIGKILL)');
    expect(markdown).toContain('3 of 5 cells measured');
  });

  it('corrects what the lecture prints wrongly, in a footnote', () => {
    expect(rowOf('**CNN**').join()).toContain('99.05 / 0.08 \\[2\\]');
    expect(markdown).toContain('- \\[2\\] The lecture prints a drop of 0.06; 99.13 - 99.05 is 0.08.');
    expect(markdown).toContain('i-min-max \\[1\\]');
  });

  it('marks a reduced profile, and not that of the paper', () => {
    expect(markdown).toMatch(/REDUCED profile quick.*Training rows: 5000; defenders per cell: 2; training: p-tgda@20/);
    expect(tableMarkdown(table, 'paper', states)).not.toContain('REDUCED');
    expect(html).toContain('REDUCED profile quick');
  });

  it('lists every cell with rows, time, gradient norm and flags', () => {
    expect(rowOf('| lr-tgda')).toEqual([
      '| lr-tgda',
      'p-tgda',
      '5000',
      '1800',
      '92.30 ±0.14',
      '91.30 ±0.00',
      '1.00 ±0.14',
      '2',
      '0.12',
      '1 min 01 s',
      '1 min 40 s |',
    ]);
    expect(markdown).toContain('- nn-tgda: the residual \\<did\\> not fall');
    expect(markdown).toContain('Measured with tensorflow 2 on cpu, 2 threads; on a processor, 2 cores.');
  });

  it('is one page that fetches nothing and believes no data', () => {
    expect(html).not.toMatch(/NaN|undefined|(src|href)=|<did>|<script/);
    expect(html).toContain('prefers-color-scheme: dark');
    expect(html.match(/<td class="misses"/g)).toHaveLength(1);
    expect(html.match(/<td class="missing"/g)).toHaveLength(1);
    expect(html.match(/<td class="failed"/g)).toHaveLength(1);
    expect(html).toContain('Our reading of &#60;w, g&#62;.');
    expect(markdown).not.toMatch(/NaN|undefined/);
  });

  it('shows a diverged defender as such', () => {
    const diverged = [fakeState(tgda, fakeGame(tgda, [92.4], [null]))];
    expect(tableMarkdown(table, 'quick', diverged)).toContain('| diverged ✗ |');
  });

  it('shows what an unmeasured cell would take', () => {
    const probe = probeOf([
      { label: 'train: p-tgda', steps: 6000, secondsPerStep: 0.01, times: 7 },
      { label: 'craft: tgda', steps: 600, secondsPerStep: 20, times: 1 },
    ]);
    expect(probe.projectedSeconds).toBe(12420);
    const probed = measuredCell('lr-tgda', 'paper', 'ab', fakeManifest, { kind: 'probe' as const, probe });
    const text = tableMarkdown(table, 'paper', [fakeState(tgda, undefined, { probed })]);
    expect(text).toContain('not measured (3 h 27 min projected)');
    expect(text).toContain('train: p-tgda 100 steps/s of 6000 steps, craft: tgda 20.0 s a step of 600 steps');
  });
});
