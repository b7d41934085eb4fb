/** From the client to the service, or back. */
export type Direction = 'up' | 'down';

/** Something that goes wrong once, at a byte of a direction counted over all connections of the proxy. */
export interface Fault {
  /**
   * 'flip': the bit of that byte; 'reset': the connection breaks there; 'truncate': it ends there in order; 'reorder': what arrived with that
   * byte and after it is passed on behind what follows.
   */
  readonly kind: 'flip' | 'reset' | 'truncate' | 'reorder';
  readonly at: number;
  /** 0 to 7, of 'flip'. */
  readonly bit?: number;
}
