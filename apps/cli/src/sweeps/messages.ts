/** What the driver of a sweep and its workers say to each other. */

export interface ToWorker {
  readonly index: number;
}

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'played'; readonly index: number; readonly seconds: number }
  | { readonly kind: 'failed'; readonly index: number; readonly line: string };
