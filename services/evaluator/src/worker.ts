import { workerData } from 'node:worker_threads';
import type { PlayerSettings } from '@theriac/board/wire';
import { serveCompute } from '@theriac/service-kit';
import { startBackend } from '@theriac/tensors/engine';
import { evaluatorCompute } from './compute/handlers';
import type { EvaluatorMethods } from './compute/methods';

// The engine warms up while the first request is on its way; a failure is told to whoever calls first.
startBackend().catch(() => undefined);
serveCompute<EvaluatorMethods>(evaluatorCompute(workerData as PlayerSettings));
