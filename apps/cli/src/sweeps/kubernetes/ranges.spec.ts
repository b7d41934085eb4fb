import fc from 'fast-check';
import { parseRanges, rangesText } from './ranges';

it('is written as Kubernetes writes the indexes of a Job', () => {
  expect(rangesText([0, 1, 2, 3, 4, 5, 7, 9, 10])).toBe('0-5,7,9-10');
  expect(rangesText([])).toBe('');
});

it('comes back, in order and by position', () => {
  const sets = fc.uniqueArray(fc.nat(400), { maxLength: 200 }).map((all) => all.sort((a, b) => a - b));
  fc.assert(
    fc.property(sets, (numbers) => {
      const read = parseRanges(rangesText(numbers), 'games');
      expect([...read]).toEqual(numbers);
      expect(read.count).toBe(numbers.length);
      expect(Array.from({ length: read.count + 1 }, (_, at) => read.at(at))).toEqual([...numbers, undefined]);
    }),
  );
});

it.each(['1,1', '3,2', '4-2', 'a', '1-', '-1', '1 2', '1,,2', '0x1'])('refuses %s', (text) =>
  expect(() => parseRanges(text, 'games')).toThrow(/^games is .*as in 0-5,7/),
);
