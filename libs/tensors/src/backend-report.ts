/** What an engine start found out; plain data, so that it may travel. */

export type BackendName = 'tensorflow' | 'wasm' | 'cpu';

/** All backends, best first. */
export const backendNames: readonly BackendName[] = ['tensorflow', 'wasm', 'cpu'];

export interface SelfCheck {
  /** The largest relative error of gradients, Hessian-vector and mixed products against independent values. */
  readonly worstRelativeError: number;
  readonly seconds: number;
}

export interface RejectedBackend {
  readonly name: BackendName;
  readonly why: string;
  readonly remedy: string;
}

export interface BackendReport {
  readonly name: BackendName;
  readonly device: 'cpu' | 'gpu';
  /** Of the library underneath: TensorFlow's, or TensorFlow.js's. */
  readonly version: string;
  /** Threads a kernel may use. */
  readonly threads: number;
  /** Whether second derivatives passed the self-check: attacks that need them are refused otherwise. */
  readonly secondOrder: boolean;
  /** Whether `compile` makes graphs here (it runs functions eagerly otherwise). */
  readonly compiles: boolean;
  readonly selfCheck: SelfCheck;
  /** One sentence: why this backend. */
  readonly reason: string;
  /** The better backends that were passed over, and what would mend that. */
  readonly rejected: readonly RejectedBackend[];
}
