import { textTable, wrapped } from './table';

describe('textTable', () => {
  it('aligns words to the left, figures to the right, whatever the width of a character', () => {
    const right = { align: 'right' as const };
    const table = textTable(
      [{ title: 'name' }, { title: 'value', ...right }],
      [
        ['a', '1.00 ±0.25'],
        ['longer', '12'],
      ],
    );
    expect(table.split('\n')).toEqual([
      'name         value',
      '------  ----------',
      'a       1.00 ±0.25',
      'longer          12',
    ]);
  });

  it('has no trailing spaces and stands missing cells', () => {
    expect(textTable([{ title: 'a' }, { title: 'bbb' }], [['x']])).toBe('a  bbb\n-  ---\nx');
  });
});

describe('wrapped', () => {
  it('breaks between words and indents what follows', () => {
    expect(wrapped('one two three', 7, '  ')).toBe('one two\n  three');
    expect(wrapped('unbreakable', 3)).toBe('unbreakable');
  });
});
