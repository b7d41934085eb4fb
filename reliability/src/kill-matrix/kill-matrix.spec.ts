import { killMatrix } from './kill-matrix';

it('ends games in their bytes whatever is killed, at small size', async () => {
  const small = ['--points', '1', '--stops', '0', '--roles', '3', '--attacks', '1', '--train-limit', '200'];
  expect(await killMatrix.run([...small, '--seed', '4'])).toBe(true);
}, 400_000);
