import path from 'node:path';
import { startPlayer } from '@theriac/board/wire';
import type { PlayerOptions } from '@theriac/board/wire';
import { FollowerKind } from '@theriac/contract/attacker';
import type { RunningService } from '@theriac/service-kit';
import type { AttackerMethods } from './compute/methods';
import { attackerService } from './service';

/** Starts an attacker; resolves when its address is taken. The caller drains it. */
export function startAttacker(options: PlayerOptions): Promise<RunningService> {
  return startPlayer<AttackerMethods>(
    {
      role: 'attacker',
      workerFile: path.join(__dirname, 'worker.js'),
      handlers: async (settings) => (await import('./compute/handlers.js')).attackerCompute(settings),
      service: (compute, limits) => attackerService(compute, limits, followersOf(options)),
    },
    options,
  );
}

function followersOf({ trainer }: PlayerOptions): FollowerKind[] {
  return trainer === undefined ? [FollowerKind.LOCAL] : [FollowerKind.LOCAL, FollowerKind.REMOTE];
}
