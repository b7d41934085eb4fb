import type { OnlineAttack } from '../attack';
import { accumulative } from './accumulative';
import { gradientControl } from './gradient-control';
import { greedy } from './greedy';

/** Every attack on an online trainer. */
export const onlineAttacks: readonly OnlineAttack[] = [greedy, gradientControl, accumulative];
