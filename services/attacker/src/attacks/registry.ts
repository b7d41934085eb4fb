/** Every attack, one line each. */
import type { Attack } from '@theriac/game';
import { gradientCanceling } from './gradient-canceling';
import { labelFlip } from './label-flip';

export const attacks: readonly Attack[] = [labelFlip, gradientCanceling];
