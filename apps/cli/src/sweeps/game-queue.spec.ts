import { gameQueue, mostAttempts } from './game-queue';

const some = () => gameQueue([3, 5, 7].values());

it('gives games one at a time, then none', () => {
  const read: number[] = [];
  function* games(): Generator<number> {
    for (const index of [3, 5]) {
      read.push(index);
      yield index;
    }
  }
  const queue = gameQueue(games());
  expect(queue.next()).toEqual({ index: 3, patient: false });
  expect(read).toEqual([3]);
  expect([queue.next()?.index, queue.next(), queue.next()]).toEqual([5, undefined, undefined]);
});

it('gives the game of a worker that died before any other, a few times', () => {
  const queue = some();
  expect(queue.next()?.index).toBe(3);
  for (let attempt = 1; attempt < mostAttempts; attempt++) {
    expect(queue.again(3)).toBe(true);
    expect(queue.next()?.index).toBe(3);
  }
  expect(queue.again(3)).toBe(false);
  expect(queue.next()?.index).toBe(5);
});

it('keeps a game that another driver plays for the end, to be waited for', () => {
  const queue = some();
  queue.next();
  queue.later(3);
  const rest = [queue.next(), queue.next(), queue.next(), queue.next()];
  expect(rest.map((game) => game?.index)).toEqual([5, 7, 3, undefined]);
  expect(rest.map((game) => game?.patient)).toEqual([false, false, true, undefined]);
});
