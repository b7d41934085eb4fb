/** Published figures of web-scale poisoning beside simulated ones. An order of magnitude is a factor of ten either way. */

export interface PublishedShare {
  readonly what: string;
  /** A range where a range is published. */
  readonly published: readonly [low: number, high: number];
  readonly simulated: number;
  /** result: comes out of the model; input: the model is set by it. */
  readonly kind: 'result' | 'input';
  readonly source: string;
  readonly agrees: boolean;
}

/** The comparison, with whether the two agree in order of magnitude. */
export function compared(
  what: string,
  published: readonly [number, number],
  simulated: number,
  kind: PublishedShare['kind'],
  source: string,
): PublishedShare {
  return { what, published, simulated, kind, source, agrees: withinOrder(simulated, published) };
}

/** Whether a figure lies within a factor of ten of a published range. */
export function withinOrder(figure: number, [low, high]: readonly [number, number]): boolean {
  return figure >= low / 10 && figure <= high * 10;
}
