/** Messages that are never put together in memory: written piece by piece into the frame that @grpc/grpc-js makes of them. */

const pieces = new WeakMap<object, readonly Buffer[]>();

/**
 * A serialised message of several pieces. All that @grpc/grpc-js 1.14 does with a serialised message, when it does not compress, is to ask
 * for its length and to copy it into a frame: so it is given something that has a length and copies itself.
 */
export function inPieces(parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((total, part) => total + part.length, 0);
  const copy = (frame: Buffer, at = 0) => {
    let next = at;
    for (const part of parts) {
      frame.set(part, next);
      next += part.length;
    }
    return length;
  };
  const message = { length, byteLength: length, copy } as Partial<Buffer> as Buffer;
  pieces.set(message, parts);
  return message;
}

/** The pieces of a serialised message: itself where it is whole. */
export const piecesOf = (message: Buffer): readonly Buffer[] => pieces.get(message) ?? [message];
