/** Where the driver says what it does; how it looks is the business of presentation/. */
export interface Reporter {
  /** A line that stays. */
  note(line: string): void;
  /** A step begins: the `position`-th of `of`. */
  begin(label: string, position: number, of: number): void;
  /** The step is at `fraction`, 0 to 1. */
  progress(fraction: number, metrics: Readonly<Record<string, number>>): void;
  /** Nothing more will come. */
  end(): void;
}

export const silentReporter: Reporter = { note: () => {}, begin: () => {}, progress: () => {}, end: () => {} };
