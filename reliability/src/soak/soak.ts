import type { Experiment } from '../frame/experiment';
import { readNumbers } from '../frame/options';

/** Games in a loop over three services: their memory and their file descriptors must not grow. */
export const soak: Experiment = {
  id: 'soak',
  summary: 'small games for --minutes 60: memory and file descriptors of driver and services do not grow',
  async run(args) {
    readNumbers(args, { minutes: 60, seed: 0 });
    return false;
  },
};
