/**
 * w* = argmin_w F(chi; w) for softmax regression, taken seriously: L-BFGS on all rows with strong-Wolfe steps, started
 * from the protocol's initialisation, preconditioned by second moments. Reports the gradient norm that it reached.
 */
import type { PlainState } from '@theriac/game';
import { lbfgsStart, lbfgsStep, randomStream } from '@theriac/tensors';
import type { LbfgsState } from '@theriac/tensors';
import type { ConvergedProtocol } from './protocol';
import { secondMomentPreconditioner } from './second-moments';
import type { Trained, Training, TrainingTask } from './training';
