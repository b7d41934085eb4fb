import { rollingRestart } from './rolling-restart';

it('restarts two trainers under games, at small size', async () => {
  const small = ['--games', '2', '--restarts', '2', '--train-limit', '200', '--epochs', '60'];
  expect(await rollingRestart.run(small)).toBe(true);
}, 400_000);
