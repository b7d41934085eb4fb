import { proxy } from './proxy';

describe('a faulty proxy, for a few conversations', () => {
  it('never makes a wrong number', async () => {
    const printed = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    try {
      await proxy.run(['--mib', '4', '--count', '12', '--seed', '11']);
      const text = printed.mock.calls.map(([part]) => String(part)).join('');
      expect(text).toMatch(/wrong numbers +0 +0 +holds/);
      expect(text).toMatch(/other failures +0 +0 +holds/);
      expect(text).toMatch(/repeated +[1-9]/);
    } finally {
      printed.mockRestore();
    }
  }, 120_000);
});
