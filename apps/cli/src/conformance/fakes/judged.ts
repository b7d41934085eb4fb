/** A service of the tests, served and held against the contract as any other. */
import { serve } from '@theriac/service-kit';
import type { ImplementedService } from '@theriac/service-kit';
import { connectPlayers } from '../../driver/connect-players';
import type { Players, Role } from '../../driver/players';
import { checkConformance } from '../conformance';
import type { Outcome } from '../outcomes';
import type { Alteration } from './altered';

export type Judge = (alteration?: Alteration, only?: string) => Promise<readonly Outcome[]>;

/** Serves a service as altered, and makes those of its role's checks whose ids begin with `only`. */
export function judge(role: Role, reference: () => ImplementedService, dataset = 'gaussians'): Judge {
  return (alteration = (service) => service, only = '') =>
    withServed(role, reference, alteration, async (players) => {
      const { signal } = new AbortController();
      const silent = { onRole: () => undefined, onOutcome: () => undefined };
      const { reports } = await checkConformance(players, { roles: [role], dataset, only, signal, ...silent });
      return reports[0]?.checks ?? [];
    });
}

/** Runs `work` with a service as altered in the place of every player. */
export async function withServed<T>(
  role: Role,
  reference: () => ImplementedService,
  alteration: Alteration,
  work: (players: Players) => Promise<T>,
): Promise<T> {
  const service = await serve({
    role,
    listen: '127.0.0.1:0',
    implement: (runtime) => [alteration(reference(), runtime)],
  });
  const { address } = service;
  const players = connectPlayers({ trainer: address, attacker: address, evaluator: address }, { attempts: 1 });
  try {
    return await work(players);
  } finally {
    players.close();
    await service.drain(0);
  }
}
