/** A promise of docs/reliability.md, put to the test: `npm run reliability -- <id> [options]`, and small in CI. */
export interface Experiment {
  /** As on the command line, for example "kill-matrix". */
  readonly id: string;
  readonly summary: string;
  /** Prints its figures on standard output; true: the promise held. */
  run(args: readonly string[]): Promise<boolean>;
}
