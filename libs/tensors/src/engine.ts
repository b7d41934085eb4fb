/** The part of @theriac/tensors that computes with tensors; it loads TensorFlow.js (0.2 s), which the pure part does not. */
export { currentBackend, startBackend } from './backend';
export type { BackendOptions } from './backend';
export type { BackendName, BackendReport, RejectedBackend, SelfCheck } from './backend-report';
export { compile } from './compile';
export type { Compiled, TensorFunction } from './compile';
export { gradient, hessianVectorProduct, mixedProduct } from './differential';
export { packBytes } from './gather-bytes';
export { liveTensors, scoped } from './memory-scope';
export { ops } from './ops';
export type { Padding, Strides } from './ops';
export { tf } from './tf';
