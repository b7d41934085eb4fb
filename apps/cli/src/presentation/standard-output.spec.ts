import { Writable } from 'node:stream';
import { writeOut } from './standard-output';

it('makes no piece before the reader has taken those before it', async () => {
  let taken = 0;
  const ahead: number[] = [];
  const stream = new Writable({
    highWaterMark: 8,
    write(piece: Buffer, _, done) {
      setImmediate(() => {
        taken += piece.length;
        done();
      });
    },
  });
  function* pieces(): Generator<string> {
    for (let made = 0; made < 100; made += 10) {
      ahead.push(made - taken);
      yield '0123456789';
    }
  }
  await writeOut(pieces(), stream);
  expect(taken).toBe(100);
  expect(Math.max(...ahead)).toBeLessThanOrEqual(10);
});
