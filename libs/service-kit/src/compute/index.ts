export { computeItems } from './compute';
export type { Compute, ComputeContext, ComputeHandlers, ComputeItem, ComputeMethod } from './compute';
export { inlineCompute } from './inline-compute';
export { serveCompute } from './serve-compute';
export { workerCompute } from './worker-compute';
export type { WorkerOptions } from './worker-compute';
