/** Every attack, one line each. */
import type { Attack } from '@theriac/game';
import { backGradient } from './back-gradient';
import { collectiveAction } from './collective-action';
import { convexImplicit } from './convex-implicit';
import { decoyMinMax } from './decoy-min-max';
import { gradientCanceling } from './gradient-canceling';
import { iMinMax } from './i-min-max';
import { influence } from './influence';
import { kkt } from './kkt';
import { labelFlip } from './label-flip';
import { metaPoison } from './meta-poison';
import { minMax } from './min-max';
import { tgda } from './tgda';
import { unlearnableExamples } from './unlearnable-examples';
import { withEnsemble } from './wrappers/ensemble';
import { withRestarts } from './wrappers/restarts';

export const attacks: readonly Attack[] = [
  labelFlip,
  minMax,
  iMinMax,
  backGradient,
  metaPoison,
  withRestarts(withEnsemble(tgda)),
  gradientCanceling,
  convexImplicit,
  unlearnableExamples,
  kkt,
  influence,
  decoyMinMax,
  collectiveAction,
];
