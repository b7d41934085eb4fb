import path from 'node:path';
import { startPlayer } from '@theriac/board/wire';
import type { PlayerOptions } from '@theriac/board/wire';
import type { RunningService } from '@theriac/service-kit';
import type { TrainerMethods } from './compute/methods';
import { trainerService } from './service';

/** Starts a trainer; resolves when its address is taken. The caller drains it. */
export function startTrainer(options: PlayerOptions): Promise<RunningService> {
  return startPlayer<TrainerMethods>(
    {
      role: 'trainer',
      workerFile: path.join(__dirname, 'worker.js'),
      handlers: async (settings) => (await import('./compute/handlers.js')).trainerCompute(settings),
      service: trainerService,
    },
    options,
  );
}
