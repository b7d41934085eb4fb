/** A protobuf enum at the TypeScript surface: a closed union of words. Numbers never leave the contract. */
export interface EnumNames<E extends number, N extends string> {
  /** Every word, in the order of the enum's numbers. */
  readonly names: readonly N[];
  /** The word of a number; what "unspecified" stands for where the contract gives it a meaning; undefined for others. */
  toName(value: number): N | undefined;
  /** The number of a word. */
  toValue(name: N): E;
}

/** The numbers of an enum that carry a word: all but UNSPECIFIED (0) and UNRECOGNIZED (-1). */
export type Specified<E extends number, Unspecified extends E, Unrecognised extends E> = Exclude<
  E,
  Unspecified | Unrecognised
>;

/** Words for every number of an enum; a table that misses one does not compile. */
export function enumNames<E extends number, const N extends string>(
  table: Readonly<Record<E, N>>,
  unspecified?: NoInfer<N>,
): EnumNames<E, N> {
  const byValue = new Map<number, N>();
  const byName = new Map<string, E>();
  for (const [key, name] of Object.entries<N>(table)) {
    byValue.set(Number(key), name);
    byName.set(name, Number(key) as E);
  }
  if (unspecified !== undefined) byValue.set(0, unspecified);
  return {
    names: [...new Set(byValue.values())],
    toName: (value) => byValue.get(value),
    toValue(name) {
      const value = byName.get(name);
      if (value === undefined) throw new RangeError(`${name} is none of ${[...byName.keys()].join(', ')}`);
      return value;
    },
  };
}
