export { localFollower } from './local-follower';
export { createOracles } from './oracles';
export { createModel, modelDefinitions } from './models/registry';
