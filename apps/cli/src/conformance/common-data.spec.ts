import { commonDataset } from './common-data';
import { answers } from './fakes/altered';
import { withServed } from './fakes/judged';
import { referenceTrainer } from './fakes/reference-trainer';

const chosen = (...datasets: string[]): Promise<string> =>
  withServed(
    'trainer',
    referenceTrainer,
    answers('describe', (about: object) => ({ ...about, datasets })),
    (players) => commonDataset(players, ['trainer'], {}),
  );

it('takes the first data set that is here and that the service names', async () => {
  expect(await chosen('gaussians', 'synthetic-digits')).toBe('synthetic-digits');
  expect(await chosen('something else', 'gaussians')).toBe('gaussians');
});

it('says what to do where nothing is on both sides', async () => {
  await expect(chosen('something else')).rejects.toMatchObject({
    message: expect.stringMatching(/found: something else; allowed: .*gaussians.* Name another with --dataset/),
    detail: { code: 'FAILED_PRECONDITION' },
  });
});
