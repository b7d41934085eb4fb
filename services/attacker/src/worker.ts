import { workerData } from 'node:worker_threads';
import type { PlayerSettings } from '@theriac/board/wire';
import { serveCompute } from '@theriac/service-kit';
import { startBackend } from '@theriac/tensors/engine';
import { attackerCompute } from './compute/handlers';
import type { AttackerMethods } from './compute/methods';

// The engine warms up while the first request is on its way; a failure is told to whoever calls first.
startBackend().catch(() => undefined);
serveCompute<AttackerMethods>(attackerCompute(workerData as PlayerSettings));
