import path from 'node:path';
import { startPlayer } from '@theriac/board/wire';
import type { PlayerOptions } from '@theriac/board/wire';
import type { RunningService } from '@theriac/service-kit';
import type { EvaluatorMethods } from './compute/methods';
import { evaluatorService } from './service';

/** Starts an evaluator; resolves when its address is taken. The caller drains it. */
export function startEvaluator(options: PlayerOptions): Promise<RunningService> {
  return startPlayer<EvaluatorMethods>(
    {
      role: 'evaluator',
      workerFile: path.join(__dirname, 'worker.js'),
      handlers: async (settings) => (await import('./compute/handlers.js')).evaluatorCompute(settings),
      service: evaluatorService,
    },
    options,
  );
}
