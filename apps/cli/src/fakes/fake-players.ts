/**
 * Three services that play by the contract and compute next to nothing: their answers are hashes of what they were asked, so
 * that anything lost or mixed up on the way changes the result. For tests of the driver.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '@theriac/service-kit';
import type { Patience } from '@theriac/service-kit';
import { connectPlayers } from '../driver/connect-players';
import type { Players, Role } from '../driver/players';
import { fakeAttacker } from './fake-attacker';
import { fakeEvaluator } from './fake-evaluator';
import { fakeTrainer } from './fake-trainer';
import type { FakeBehaviour } from './fake-work';

export interface FakePlayers {
  readonly players: Players;
  readonly addresses: Readonly<Record<Role, string>>;
  /** Methods called so far, for example "Train clean p-gc 1". */
  readonly calls: string[];
  close(): Promise<void>;
}

/** Serves the three fakes on Unix sockets, for a driver that gives up at once, or after `patience`. The caller closes. */
export async function startFakePlayers(
  behaviour: FakeBehaviour = {},
  patience: Patience = { attempts: 1, firstWaitSeconds: 0, longestWaitSeconds: 0, busySeconds: 0 },
): Promise<FakePlayers> {
  const folder = mkdtempSync(join(tmpdir(), 'theriac-fakes-'));
  const calls: string[] = [];
  const note = (what: string): void => {
    calls.push(what);
    behaviour.before?.(what);
  };
  const services = await Promise.all(
    [
      { role: 'trainer', service: fakeTrainer(note, behaviour) },
      { role: 'attacker', service: fakeAttacker(note, behaviour) },
      { role: 'evaluator', service: fakeEvaluator(note) },
    ].map(({ role, service }) => serve({ role, listen: `unix:${join(folder, role)}`, implement: () => [service] })),
  );
  const addressOf = (role: Role): string => `unix:${join(folder, role)}`;
  const addresses = {
    trainer: addressOf('trainer'),
    attacker: addressOf('attacker'),
    evaluator: addressOf('evaluator'),
  };
  const players = connectPlayers(addresses, { patience });
  return {
    players,
    addresses,
    calls,
    async close() {
      players.close();
      await Promise.all(services.map((service) => service.drain(0)));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
