/** A thing from a shelf, until it is released. */
export interface Borrowed<T> {
  readonly value: T;
  release(): void;
}

/** Things that are dear to make, kept for the next call that wants them. */
export interface Shelf<T> {
  /** The thing called `key`, made if it is not there. It stays at least until `release` is called. */
  borrow(key: string, make: () => T): Borrowed<T>;
  /** Puts everything away; nothing may be in use. */
  clear(): void;
}

interface Kept<T> {
  readonly value: T;
  users: number;
}

/** A shelf that keeps the `most` things last used, and all that are in use; the others are put away with `dispose`. */
export function createShelf<T>(most: number, dispose: (value: T) => void): Shelf<T> {
  const kept = new Map<string, Kept<T>>();

  function tidy(): void {
    for (const [key, { value, users }] of kept) {
      if (kept.size <= most) return;
      if (users > 0) continue;
      kept.delete(key);
      dispose(value);
    }
  }

  return {
    borrow(key, make) {
      const entry = kept.get(key) ?? { value: make(), users: 0 };
      kept.delete(key);
      kept.set(key, entry);
      entry.users += 1;
      tidy();
      return {
        value: entry.value,
        release() {
          entry.users -= 1;
          tidy();
        },
      };
    },
    clear() {
      for (const { value } of kept.values()) dispose(value);
      kept.clear();
    },
  };
}
