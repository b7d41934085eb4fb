import { randomStream } from '@theriac/tensors';
import { mutated } from './mutate';
import { mutations } from './mutations';

describe('mutated messages, a few', () => {
  it('end no service and hang none', async () => {
    const printed = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    try {
      await mutations.run(['--count', '400', '--seed', '5']);
      const text = printed.mock.calls.map(([part]) => String(part)).join('');
      for (const role of ['trainer', 'attacker', 'evaluator']) {
        expect(text).toMatch(new RegExp(`${role}: alive and answering +yes +yes +holds`));
        expect(text).toMatch(new RegExp(`${role}: health meanwhile .* holds`));
      }
    } finally {
      printed.mockRestore();
    }
  }, 180_000);

  it('are drawn from the seed, and differ from what was mutated', () => {
    const message = Buffer.from('a message of some length');
    const draw = (seed: number) => {
      const random = randomStream(seed, 'test');
      return Array.from({ length: 50 }, () => mutated(message, random).toString('hex'));
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(new Set(draw(1)).size).toBeGreaterThan(40);
  });
});
