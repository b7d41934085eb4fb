/** Games in the order in which workers get them: those of workers that died first, those that others play at the end. */
export interface QueuedGame {
  readonly index: number;
  /** Whether there is nothing else to do than to wait for whoever plays it. */
  readonly patient: boolean;
}

export interface GameQueue {
  next(): QueuedGame | undefined;
  /** Gives it to the next worker; false after `mostAttempts` workers. */
  again(index: number): boolean;
  /** Keeps it for the end. */
  later(index: number): void;
}

/** How many workers may die over a game. */
export const mostAttempts = 3;

/** A queue over `games`, which are read one at a time. */
export function gameQueue(games: Iterator<number>): GameQueue {
  const repeated: number[] = [];
  const held: number[] = [];
  const attempts = new Map<number, number>();
  const fresh = (): number | undefined => {
    const found = games.next();
    return found.done === true ? undefined : found.value;
  };
  return {
    next() {
      const index = repeated.shift() ?? fresh();
      if (index !== undefined) return { index, patient: false };
      const last = held.shift();
      return last === undefined ? undefined : { index: last, patient: true };
    },
    again(index) {
      const tried = (attempts.get(index) ?? 0) + 1;
      attempts.set(index, tried);
      if (tried < mostAttempts) repeated.push(index);
      return tried < mostAttempts;
    },
    later: (index) => void held.push(index),
  };
}
