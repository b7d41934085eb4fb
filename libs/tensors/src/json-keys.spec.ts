import fc from 'fast-check';
import { duplicateKeyOf } from './json-keys';

describe('duplicateKeyOf', () => {
  it.each([
    ['{"a":1,"b":2,"a":3}', 'a'],
    ['{"a" :1, "\\u0061"\n:2}', 'a'],
    ['{"x":{"b":1,"b":1}}', 'b'],
    ['[{"a":1},{"q\\"":1,"q\\"":2}]', 'q"'],
  ])('finds the repeated key of %s', (json, key) => {
    expect(duplicateKeyOf(json)).toBe(key);
  });

  it.each(['{"a":"a","b":"a"}', '{"a":{"a":1},"b":{"a":1}}', '[{"a":1},{"a":1}]', '{"a":["a","a"]}', '{}', '"a"'])(
    'finds none in %s',
    (json) => {
      expect(duplicateKeyOf(json)).toBeUndefined();
    },
  );

  it('finds none in what JSON.stringify writes', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => expect(duplicateKeyOf(JSON.stringify(value))).toBeUndefined()));
  });
});
