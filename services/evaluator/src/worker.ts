import { workerData } from 'node:worker_threads';
import type { PlayerSettings } from '@theriac/board/wire';
import { serveCompute } from '@theriac/service-kit/compute';
import { tensorsHeld } from '@theriac/tensors/engine';
import { evaluatorCompute } from './compute/handlers';
import type { EvaluatorMethods } from './compute/methods';

serveCompute<EvaluatorMethods>(evaluatorCompute(workerData as PlayerSettings), tensorsHeld);
