/** A finished run's card, read and shown. */
import { relative } from 'node:path';
import type { ResultCard } from '@theriac/game';
import { cardText } from '@theriac/game';
import { markShown, readFinished } from '../driver/run-directory';
import { cardSummary } from '../presentation/card-text';

/** The card of a run, or undefined where it is not finished, or its card is damaged. */
export function readCard(path: string): ResultCard | undefined {
  return readFinished(path) as ResultCard | undefined;
}

/** Prints a card: as JSON and nothing else, or for reading. */
export function showCard(card: ResultCard, path: string, json: boolean): void {
  process.stdout.write(json ? cardText(card) : `\n${cardSummary(card, shortPath(path))}`);
  markShown(path);
}

/** Relative where that is shorter. */
export function shortPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short !== '' && short.length < path.length && !short.startsWith('..') ? short : path;
}
