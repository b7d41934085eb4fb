/** Keeps the scorer of the game last scored, and any that is in use. */
import type { Scorer } from './scoring';

/** A scorer and the rows it scores on. */
export interface HeldScorer {
  readonly scorer: Scorer;
  readonly testCount: number;
}

interface Entry {
  readonly made: Promise<HeldScorer>;
  users: number;
}

/** Uses the scorer called `key`, made if it is not the one kept; it stays until `use` is through. */
export type Scorers = <T>(
  key: string,
  make: () => Promise<HeldScorer>,
  use: (held: HeldScorer) => Promise<T>,
) => Promise<T>;

/** No scorers yet. A failure to make one is not kept. */
export function keepScorer(): Scorers {
  const entries = new Map<string, Entry>();
  let last = '';

  async function tidy(): Promise<void> {
    for (const [key, entry] of entries) {
      if (entry.users > 0 || key === last) continue;
      entries.delete(key);
      (await entry.made).scorer.dispose();
    }
  }

  return async (key, make, use) => {
    const entry = entries.get(key) ?? { made: make(), users: 0 };
    entries.set(key, entry);
    entry.users += 1;
    last = key;
    try {
      const held = await entry.made.catch((error: unknown) => {
        if (entries.get(key) === entry) entries.delete(key);
        throw error;
      });
      await tidy();
      return await use(held);
    } finally {
      entry.users -= 1;
      await tidy();
    }
  };
}
