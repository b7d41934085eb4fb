import { workerData } from 'node:worker_threads';
import type { PlayerSettings } from '@theriac/board/wire';
import { serveCompute } from '@theriac/service-kit/compute';
import { tensorsHeld } from '@theriac/tensors/engine';
import { trainerCompute } from './compute/handlers';
import type { TrainerMethods } from './compute/methods';

serveCompute<TrainerMethods>(trainerCompute(workerData as PlayerSettings), tensorsHeld);
