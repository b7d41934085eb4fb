/** What the driver of a sweep and its workers say to each other. The plan goes first: its file may change while games are played. */
export type ToWorker =
  | { readonly kind: 'plan'; readonly file: string; readonly content: string }
  /** `patient`: waits for another driver that plays this game, and takes what that one leaves. */
  | { readonly kind: 'play'; readonly index: number; readonly patient: boolean };

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'played'; readonly index: number; readonly seconds: number }
  /** Another driver plays it. */
  | { readonly kind: 'held'; readonly index: number }
  /** `everywhere`: any other game would fail alike, since the disk refuses. */
  | { readonly kind: 'failed'; readonly index: number; readonly line: string; readonly everywhere: boolean };
