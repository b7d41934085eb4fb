import { protocolName, readProtocolName } from './protocol-name';

describe('the name of a protocol', () => {
  it.each([
    ['p-gc', { id: 'p-gc', epochs: undefined }],
    ['p-gc@1', { id: 'p-gc', epochs: 1 }],
    ['stable-sgd@10000', { id: 'stable-sgd', epochs: 10000 }],
  ])('%s is read, and written the same', (text, name) => {
    expect(readProtocolName(text)).toEqual(name);
    expect(protocolName(name)).toBe(text);
  });

  it.each(['p-gc@', 'p-gc@0', 'p-gc@-1', 'p-gc@1.5', 'p-gc@10001', 'p-gc@1e2', 'p-gc@ 5', 'p-gc@05', '@5', 'p-gc@5@6'])(
    'is not %s',
    (text) => {
      expect(() => readProtocolName(text, '--protocol')).toThrow(/--protocol is .*id@n .*from 1 to 10000/);
    },
  );
});
