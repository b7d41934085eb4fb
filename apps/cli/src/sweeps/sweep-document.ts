/** What a sweep came to as files and documents of any length, piece by piece: no more than one card is held. */
import { canonicalJson } from '@theriac/game';
import type { SweepPlan } from './plan-file';
import { csvHead, csvLines, resultsOf } from './results';
import type { GameResult } from './results';

/** The CSV, line by line. */
export function* sweepCsv(plan: SweepPlan, runsDir: string): Generator<string, void, undefined> {
  yield csvHead(plan);
  for (const result of resultsOf(plan, runsDir)) yield* csvLines(result);
}

/** { count, games, title, varied } as `canonicalJson` writes it, game by game. */
export function* sweepJson(plan: SweepPlan, runsDir: string): Generator<string, void, undefined> {
  const { title, varied, count } = plan;
  const frame = canonicalJson({ title, varied, count, games: [] });
  const middle = frame.indexOf('[]') + 1; // "count" and "games" stand first
  yield frame.slice(0, middle);
  for (const result of resultsOf(plan, runsDir))
    yield `${result.index === 0 ? '' : ','}\n    ${indented(canonicalJson(documentOf(result)))}`;
  yield `\n  ${frame.slice(middle)}`;
}

const documentOf = ({ index, choices, swept }: GameResult) => ({
  index,
  choices,
  run: swept?.run ?? null,
  card: swept?.card ?? null,
});

const indented = (json: string): string => json.trimEnd().replaceAll('\n', '\n    ');
