import { readSettings } from '../arguments/game-settings';
import { parseCell } from './cell-file';
import { workOf } from './cell-work';
import { parseTable } from './table-file';

const head = ['row: lr', 'column: tgda', 'dataset: mnist', 'model: lr'];
const profiles = ['profiles:', '  quick: {}', '  standard: {}', '  paper: {}'];
const parse = (...lines: string[]) => parseCell([...head, ...lines, ...profiles].join('\n'), 'lr-tgda', 'cells/x.yaml');

describe('a cell', () => {
  const cell = parseCell(
    [
      ...head,
      'attack: tgda',
      'options: { epochs: 30, keep: best }',
      'seeds: 3',
      'profiles:',
      '  quick: { seeds: 2, train-limit: 1000, options: { epochs: 5 } }',
      '  standard: {}',
      '  paper: { attacker-protocol: p-tgda@7 }',
    ].join('\n'),
    'lr-tgda',
    'cells/x.yaml',
  );

  it('has what all profiles share, and what a profile changes', () => {
    const { quick, standard } = cell.profiles;
    expect(quick).toMatchObject({ kind: 'game', attack: 'tgda', seeds: 2, 'train-limit': 1000 });
    expect(Object.fromEntries((quick as unknown as { options: Map<string, unknown> }).options)).toEqual({
      epochs: 5,
      keep: 'best',
    });
    expect(standard).toMatchObject({ seeds: 3 });
    expect(standard).not.toHaveProperty('train-limit');
  });

  it('comes to the settings that the same flags come to', () => {
    const work = workOf(cell, 'quick', ['mnist']);
    expect(work.settings).toEqual(
      readSettings(
        {
          dataset: 'mnist',
          model: 'lr',
          attack: 'tgda',
          poisonFraction: '0.03',
          constraint: 'none',
          option: ['epochs=5', 'keep=best'],
          seeds: '2',
          seed: '0',
          trainLimit: '1000',
          scaling: 'standardised',
        },
        ['mnist'],
      ),
    );
    expect(workOf(cell, 'paper', ['mnist']).settings.attackerProtocol).toBe('p-tgda@7');
  });

  it('may be a corruption or a threshold', () => {
    expect(workOf(parse('kind: corruption', 'epsilon-w: 0.5'), 'quick', ['mnist'])).toMatchObject({
      epsilonW: 0.5,
      orders: 3,
    });
    expect(workOf(parse('kind: threshold', 'target: reversed'), 'quick', ['mnist'])).toMatchObject({
      question: { kind: 'reversed', epsilonW: 1, scale: 'auto', epsilonD: 0.03 },
    });
  });

  it.each<[string, string[], RegExp]>([
    ['an unknown key', ['sedes: 3'], /cells\/x.yaml: there is no key "sedes"; allowed: kind, row, column, dataset/],
    ['a key of another kind', ['kind: corruption', 'attack: tgda'], /there is no key "attack"; allowed: .*epsilon-w/],
    ['a text for a number', ['seeds: three'], /cells\/x.yaml: seeds is "three"; allowed: a whole number from 1 to 100/],
    ['a number out of range', ['poison-fraction: 101'], /poison-fraction is 101; allowed: a number from 0 up to 100/],
    ['a number that is none', ['poison-fraction: .nan'], /poison-fraction is NaN; allowed: a number/],
    ['an unknown word', ['constraint: l2'], /constraint is "l2"; allowed: none, box, linf-ball/],
    ['a word for a list', ['protocols: p-gc'], /protocols is "p-gc"; allowed: a list/],
    ['a list in an option', ['options: { epochs: [1] }'], /options.epochs is \[1\]; allowed: a number, a text/],
    ['an unknown kind', ['kind: gaem'], /kind is "gaem"; allowed: game, corruption, threshold/],
    ['a scale that is none', ['kind: threshold', 'scale: big'], /scale is "big"; allowed: auto, or a number above 0/],
    ['a key given twice', ['seed: 1', 'seed: 2'], /cells\/x.yaml, line 6, column 1: Map keys must be unique/],
    ['what is no YAML', ['attack: [tgda'], /cells\/x.yaml, line \d+, column \d+: .*; allowed: a YAML mapping/],
  ])('refuses %s by file, key, what was found and what is allowed', (_, lines, message) => {
    expect(() => parse(...lines)).toThrow(message);
  });

  it.each([
    ['an unknown key', '  quick: { sedes: 3 }', /there is no key "profiles.quick.sedes"/],
    ['a value out of range', '  quick: { seeds: 0 }', /profiles.quick.seeds is 0; allowed: a whole number from 1/],
    ['a profile of its own', '  slow: {}', /there is no key "profiles.slow"; allowed: quick, standard, paper/],
  ])('refuses %s in a profile', (_, line, message) => {
    const text = [...head, 'profiles:', line, '  standard: {}', '  paper: {}'].join('\n');
    expect(() => parseCell(text, 'lr-tgda', 'cells/x.yaml')).toThrow(message);
  });

  it('refuses a missing key, a missing profile, and a file that is no mapping', () => {
    expect(() => parseCell('row: lr', 'x', 'x.yaml')).toThrow(/x.yaml: column is missing; allowed: a value/);
    expect(() => parseCell([...head, 'profiles: { quick: {} }'].join('\n'), 'x', 'x.yaml')).toThrow(
      /profiles.standard is missing/,
    );
    expect(() => parseCell('- lr', 'x', 'x.yaml')).toThrow(/x.yaml: the file is .*; allowed: a mapping/);
  });

  it('refuses what does not fit together, in the name of the file and the profile', () => {
    expect(() => workOf(parse('poison-fraction: 0.1'), 'paper', ['mnist'])).toThrow(
      /^cells\/x.yaml \(profile paper\): attack is missing; allowed: an attack id/,
    );
    expect(() => workOf(parse('attack: tgda', 'constraint: linf-ball'), 'quick', ['mnist'])).toThrow(
      /cells\/x.yaml \(profile quick\): radius is missing/,
    );
    expect(() => workOf(parse(), 'quick', ['gaussians'])).toThrow(
      /\(profile quick\): dataset is "mnist"; allowed: gaussians/,
    );
    expect(() => workOf(parse('kind: corruption'), 'quick', ['mnist'])).toThrow(
      /\(profile quick\): epsilon-w is missing/,
    );
  });
});

describe('a table', () => {
  const lines = ['title: T', 'page: 8', 'reports: drop', 'rows: { nn: NN, lr: LR }', 'columns: { tgda: TGDA }'];
  const table = (...more: string[]) => parseTable([...lines, ...more].join('\n'), 't', 't/table.yaml');

  it('keeps rows and columns in their order', () => {
    expect([...table().rows.keys()]).toEqual(['nn', 'lr']);
    expect(table('footnotes: [{ on: lr, text: a note }]').footnotes).toEqual([{ on: 'lr', text: 'a note' }]);
  });

  it.each<[string, RegExp]>([
    ['colour: red', /there is no key "colour"; allowed: title, page/],
    ['footnotes: [{ on: lr }]', /footnotes\[0\].text is missing/],
    ['footnotes: []', /footnotes is \[\]; allowed: a list that is not empty/],
    ['notes: 5', /notes is 5; allowed: a list/],
  ])('refuses %s', (line, message) => {
    expect(() => table(line)).toThrow(message);
  });
});
