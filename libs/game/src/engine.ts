export { localFollower } from './local-follower';
export type { LocalFollower } from './local-follower';
export { createOracles } from './oracles';
export { createModel, modelDefinitions } from './models/registry';
