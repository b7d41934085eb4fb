export { createOracles } from './oracles';
export { createModel, modelDefinitions } from './models/registry';
