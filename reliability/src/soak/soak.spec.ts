import { soak } from './soak';

describe('the soak, for a few games', () => {
  it('plays over three services and finds no descriptor left open', async () => {
    const printed = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    try {
      const held = await soak.run(['--minutes', '0.1', '--seed', '3']);
      const text = printed.mock.calls.map(([part]) => String(part)).join('');
      expect(text).toMatch(/^ {2}\d+ games/);
      for (const name of ['trainer', 'attacker', 'evaluator', 'driver'])
        expect(text).toMatch(new RegExp(`${name}: slope of resident memory`));
      if (!held) throw new Error(text);
    } finally {
      printed.mockRestore();
    }
  }, 300_000);
});
