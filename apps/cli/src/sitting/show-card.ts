/** A finished run's card, read and shown. */
import { join, relative } from 'node:path';
import type { ResultCard } from '@theriac/game';
import { cardText } from '@theriac/game';
import { readIfThere } from '../driver/atomic-file';
import { cardSummary } from '../presentation/card-text';

/** The card of a run, or undefined where it is not finished. */
export function readCard(path: string): ResultCard | undefined {
  const text = readIfThere(join(path, 'card.json'));
  return text === undefined ? undefined : (JSON.parse(text.toString('utf8')) as ResultCard);
}

/** Prints a card: as JSON and nothing else, or for reading. */
export function showCard(card: ResultCard, path: string, json: boolean): void {
  process.stdout.write(json ? cardText(card) : `\n${cardSummary(card, shortPath(path))}`);
}

/** Relative where that is shorter. */
export function shortPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short !== '' && short.length < path.length && !short.startsWith('..') ? short : path;
}
