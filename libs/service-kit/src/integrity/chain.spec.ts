import { FindRequest, PutRequest } from '@theriac/contract/tensor';
import fc from 'fast-check';
import { encodePutRequest } from '../blobs/chunk-codec';
import { checksumChain } from './chain';

const context = '/theriac.v1.TrainerService/Gradient 7 request';
const messages = fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 5 });
const whole = (message: Buffer) => {
  const bytes = Buffer.alloc(message.length);
  message.copy(bytes);
  return bytes;
};

it('gives back what was sealed, in order', () => {
  fc.assert(
    fc.property(messages, (sent) => {
      const [here, there] = [checksumChain(context), checksumChain(context)];
      for (const bytes of sent) expect(there.open(here.seal(Buffer.from(bytes)))).toEqual(Buffer.from(bytes));
    }),
  );
});

it('finds every flipped bit', () => {
  const sealed = checksumChain(context).seal(Buffer.from('some numbers'));
  for (let bit = 0; bit < 8 * sealed.length; bit++) {
    const flipped = Buffer.from(sealed);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    expect(() => checksumChain(context).open(flipped)).toThrow(/checksum/);
  }
});

it('finds what was cut, dropped, repeated, reordered, or meant for another call', () => {
  const [a, b, c] = ['a', 'b', 'c'].map(
    (
      (chain) => (text: string) =>
        chain.seal(Buffer.from(text))
    )(checksumChain(context)),
  );
  const opened = (...sent: readonly (Buffer | undefined)[]) => {
    const chain = checksumChain(context);
    return () => sent.map((message) => chain.open(message ?? Buffer.alloc(0)));
  };
  expect(opened(a, b, c)).not.toThrow();
  for (const wrong of [
    opened(b, a),
    opened(a, c),
    opened(a, a),
    opened(a?.subarray(1)),
    opened(a?.subarray(0, 3)),
    opened(undefined),
  ])
    expect(wrong).toThrow(
      expect.objectContaining({ detail: expect.objectContaining({ code: 'DATA_LOSS' }) as unknown }) as Error,
    );
  expect(() => checksumChain(`${context}!`).open(a as Buffer)).toThrow(/checksum/);
});

it('is skipped by readers that do not know it, and costs chunks no copy', () => {
  const find = FindRequest.encode({ refs: [{ sha256: Buffer.alloc(32, 1), size: 9 }] }).finish();
  expect(FindRequest.decode(checksumChain(context).seal(Buffer.from(find)))).toEqual(FindRequest.decode(find));
  const part = { $case: 'chunk' as const, value: Buffer.from('content') };
  const sealed = checksumChain(context).seal(encodePutRequest({ part }));
  expect(Buffer.isBuffer(sealed)).toBe(false);
  expect(PutRequest.decode(whole(sealed)).part).toEqual(part);
  expect(checksumChain(context).open(whole(sealed))).toEqual(whole(encodePutRequest({ part })));
});
