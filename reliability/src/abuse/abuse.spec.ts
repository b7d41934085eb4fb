import { abuse } from './abuse';

describe('abuse, a little', () => {
  it('is refused with the right status, and a normal client is served', async () => {
    const printed = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    try {
      await abuse.run(['--streams', '400', '--sessions', '40', '--slices', '2']);
      const text = printed.mock.calls.map(([part]) => String(part)).join('');
      for (const what of [
        'a frame that claims 4 GB',
        'a gzip bomb of 256 MiB',
        'a request that never ends',
        '400 idle streams',
        '40 sessions of one client',
        'another client after that',
        'a normal client meanwhile',
      ])
        expect(text).toMatch(new RegExp(`${what} .* holds`));
      expect(text).toMatch(/health while 2 slices train/);
    } finally {
      printed.mockRestore();
    }
  }, 120_000);
});
