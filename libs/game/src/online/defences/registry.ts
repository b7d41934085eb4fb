import type { OnlineDefence } from '../defence';
import { delayedIngestion } from './delayed-ingestion';
import { gate } from './gate';
import { influenceCap } from './influence-cap';
import { rateLimit } from './rate-limit';

/** Every defence of the online trainer. */
export const onlineDefences: readonly OnlineDefence[] = [rateLimit, influenceCap, delayedIngestion, gate];
