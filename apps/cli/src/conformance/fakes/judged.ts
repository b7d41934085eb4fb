/** A service of the tests, served and held against the contract as any other. */
import { serve } from '@theriac/service-kit';
import type { ImplementedService } from '@theriac/service-kit';
import { connectPlayers } from '../../driver/connect-players';
import type { Role } from '../../driver/players';
import { checkConformance } from '../conformance';
import type { Outcome } from '../outcomes';
import type { Alteration } from './altered';

export type Judge = (alteration?: Alteration, only?: string) => Promise<readonly Outcome[]>;

/** Serves a service as altered, and makes those of its role's checks whose ids begin with `only`. */
export function judge(role: Role, reference: () => ImplementedService, dataset = 'gaussians'): Judge {
  return async (alteration = (service) => service, only = '') => {
    const service = await serve({
      role,
      listen: '127.0.0.1:0',
      implement: (runtime) => [alteration(reference(), runtime)],
    });
    const { address } = service;
    const players = connectPlayers({ trainer: address, attacker: address, evaluator: address }, { attempts: 1 });
    try {
      const { signal } = new AbortController();
      const asked = { roles: [role], dataset, only, signal, onOutcome: () => undefined };
      const [report] = await checkConformance(players, asked);
      return report?.checks ?? [];
    } finally {
      players.close();
      await service.drain(0);
    }
  };
}
