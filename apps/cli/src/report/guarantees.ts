/** What defences within training guarantee, in the report. */
import type { ResultCard } from '@theriac/game';
import { figure, spreadText } from '../presentation/figures';
import { escape, table } from './html';

/** Privacy and the certificates of votes, a line per protocol each; empty where there are none. */
export function guaranteeTables({ protocols, attack }: ResultCard): string {
  const privacy = protocols.flatMap(({ name, privacy: found }) =>
    found === undefined
      ? []
      : [[name, ...[found.epsilon, found.delta, found.noise, found.clip, found.rate, found.steps].map(figure)]],
  );
  const poisoned = attack !== 'none';
  const votes = protocols.flatMap(({ name, vote }) => {
    if (vote === undefined) return [];
    const under = vote.floor === undefined ? '-' : spreadText(vote.floor);
    return [
      [name, String(vote.members), spreadText(vote.clean), ...(poisoned ? [spreadText(vote.poisoned), under] : [])],
    ];
  });
  const head = ['protocol', 'models', 'clean, certified for one row %'];
  const more = ['poisoned, certified for one row %', 'clean, certified for the poison %'];
  return [
    privacy.length === 0
      ? ''
      : table(['protocol', 'epsilon', 'delta', 'noise', 'clip', 'sampling rate', 'steps'], privacy),
    votes.length === 0 ? '' : table([...head, ...(poisoned ? more : [])], votes),
  ].join('');
}

/** What the reader must know of the tables that there are. */
export function guaranteeNote({ protocols }: ResultCard): string {
  return escape(
    [
      ...(protocols.some(({ privacy }) => privacy !== undefined)
        ? ['Epsilon and delta: of neighbours that differ by one training row; without noise there is no epsilon.']
        : []),
      ...(protocols.some(({ vote }) => vote !== undefined)
        ? [
            'Certified: the share of test rows on which the vote is right and that many training rows inserted or deleted cannot change it; accuracy after poisoning cannot fall below what clean training certifies for as many rows as the poison has.',
          ]
        : []),
    ].join(' '),
  );
}
