/** A game of the fake players: its manifest, how it is played, and what must not depend on where it was interrupted. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createManifest } from '@theriac/game';
import type { Manifest, ResultCard } from '@theriac/game';
import { manifestOf } from '../arguments/from-describe';
import { noCleanStore } from '../driver/clean-store';
import { describePlayers } from '../driver/connect-players';
import { playGame } from '../driver/play';
import type { PlayOptions } from '../driver/play';
import { silentReporter } from '../driver/reporter';
import { finishRun } from '../report/finish';
import type { FakePlayers } from './fake-players';

/** Gradient Canceling over 100 rows, two seeds, two protocols, with these changes. */
export async function fakeManifest({ players }: FakePlayers, changes: Partial<Manifest> = {}): Promise<Manifest> {
  const settings = {
    game: { dataset: 'gaussians', trainLimit: 100, validationCount: 0, model: 'lr', scaling: 'standardised' as const },
    attack: { id: 'gradient-canceling', given: { target: 'reversed' } },
    poisonFraction: 0.05,
    constraint: { kind: 'none', radius: 0, fixedLabels: false },
    defence: 'none',
    protocols: ['p-gc', 'converged'],
    attackerProtocol: undefined,
    attackSeed: 0,
    seeds: [1, 2],
  };
  const manifest = manifestOf(settings, await describePlayers(players, {}), 'ab'.repeat(32));
  return createManifest({ ...manifest, ...changes });
}

/** Plays it at `path`, or goes on with what is there. */
export function playFake(
  { players }: FakePlayers,
  path: string,
  manifest: Manifest,
  options: Partial<PlayOptions> = {},
): ReturnType<typeof playGame> {
  return playGame({
    path,
    manifest,
    players,
    reporter: silentReporter,
    store: noCleanStore,
    signal: new AbortController().signal,
    sliceSeconds: 1,
    finish: finishRun(undefined),
    ...options,
  });
}

/** The card without its seconds, and the run's files by name, in base64. */
export function resultsOf(path: string): { card: Partial<ResultCard>; files: Record<string, string> } {
  const { seconds: _, ...card } = JSON.parse(readFileSync(join(path, 'card.json'), 'utf8')) as ResultCard;
  const names = readdirSync(path)
    .filter((name) => /^(poison|parameters-|manifest)/.test(name))
    .sort();
  const files = Object.fromEntries(names.map((name) => [name, readFileSync(join(path, name)).toString('base64')]));
  return { card, files };
}
