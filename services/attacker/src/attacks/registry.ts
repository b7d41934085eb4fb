/** Every attack, one line each. */
import type { Attack } from '@theriac/game';
import { backGradient } from './back-gradient';
import { gradientCanceling } from './gradient-canceling';
import { labelFlip } from './label-flip';
import { minMax } from './min-max';
import { tgda } from './tgda';

export const attacks: readonly Attack[] = [labelFlip, minMax, backGradient, tgda, gradientCanceling];
