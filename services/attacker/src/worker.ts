import { workerData } from 'node:worker_threads';
import type { PlayerSettings } from '@theriac/board/wire';
import { serveCompute } from '@theriac/service-kit/compute';
import { tensorsHeld } from '@theriac/tensors/engine';
import { attackerCompute } from './compute/handlers';
import type { AttackerMethods } from './compute/methods';

serveCompute<AttackerMethods>(attackerCompute(workerData as PlayerSettings), tensorsHeld);
