import { rotation } from './rotation';

it('changes certificates and the authority under load without a failed call', async () => {
  const printed = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    const held = await rotation.run(['--rotations', '2', '--callers', '3', '--seed', '11']);
    if (!held) throw new Error(printed.mock.calls.map(([part]) => String(part)).join(''));
  } finally {
    printed.mockRestore();
  }
}, 240_000);
