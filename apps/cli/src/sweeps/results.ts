/** What a sweep came to: a table for reading, a CSV for everything else, one JSON document. From cards alone. */
import type { ProtocolCard } from '@theriac/game';
import { spreadText } from '../presentation/figures';
import { textTable } from '../presentation/table';
import type { SweepPlan } from './plan-file';
import { readSwept } from './sweep-store';
import type { SweptGame } from './sweep-store';

export interface GameResult {
  readonly index: number;
  readonly choices: readonly string[];
  /** undefined: not played. */
  readonly swept: SweptGame | undefined;
}

/** Every game of a plan with what is kept of it, one after another. */
export function* resultsOf(plan: SweepPlan, runsDir: string): Generator<GameResult, void, undefined> {
  for (let index = 0; index < plan.count; index++) {
    const { choices, digest } = plan.gameAt(index);
    yield { index, choices, swept: readSwept(runsDir, digest) };
  }
}

/** A row for every game: its first protocol. */
export function sweepTable({ varied }: SweepPlan, results: readonly GameResult[]): string {
  const right = { align: 'right' as const };
  const columns = [
    { title: 'game', ...right },
    ...varied.map((title) => ({ title })),
    { title: 'training' },
    { title: 'clean %', ...right },
    { title: 'poisoned %', ...right },
    { title: 'drop', ...right },
    { title: 'seeds', ...right },
    { title: '' },
  ];
  const rows = results.map(({ index, choices, swept }) => {
    const [main] = swept?.card.protocols ?? [];
    const head = [String(index), ...choices];
    if (swept === undefined || main === undefined) return [...head, 'not played'];
    const { flags } = swept.card;
    return [
      ...head,
      main.name,
      spreadText(main.clean),
      spreadText(main.poisoned),
      spreadText(main.drop),
      String(main.seeds.length),
      flags.length === 0 ? '' : '⚑',
    ];
  });
  return textTable(columns, rows);
}

/** The titles of the CSV. */
export function csvHead({ varied }: SweepPlan): string {
  const figures = ['clean', 'poisoned', 'drop'].flatMap((name) => [`${name}_mean`, `${name}_sd`]);
  return csvLine(['game', ...varied, 'run', 'protocol', ...figures, 'seeds', 'poison_rows', 'seconds', 'flags']);
}

/** A line for every protocol of a game; none where it was not played. */
export function csvLines({ index, choices, swept }: GameResult): string[] {
  if (swept === undefined) return [];
  const { card, run } = swept;
  return card.protocols.map((protocol) =>
    csvLine([
      index,
      ...choices,
      run,
      protocol.name,
      ...figuresOf(protocol),
      protocol.seeds.length,
      card.poisonCount,
      card.seconds.total,
      card.flags.join('; '),
    ]),
  );
}

const figuresOf = ({ clean, poisoned, drop }: ProtocolCard): (number | null)[] =>
  [clean, poisoned, drop].flatMap(({ mean, sd }) => [mean, sd]);

/** RFC 4180: quoted where a comma, a quote or a line break stands in it. */
function csvLine(values: readonly (string | number | null)[]): string {
  const texts = values.map((value) => (value === null ? '' : String(value)));
  return `${texts.map((one) => (/[",\n]/.test(one) ? `"${one.replaceAll('"', '""')}"` : one)).join(',')}\n`;
}
