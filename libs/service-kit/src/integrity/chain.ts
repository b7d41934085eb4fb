/**
 * Checksums of the messages of a call, so that a flipped bit never becomes a wrong number where the transport has no checksum of its own.
 *
 * A caller announces them by the metadata `theriac-crc32: WORD` (WORD: any text, another one for every call of a connection); a service
 * that knows them answers with the same in its initial metadata. Every message of the call then ends with one more protobuf field,
 * number 2047 of type fixed32, which other readers skip: the CRC-32 of "METHOD WORD request" or "METHOD WORD response" followed by the
 * contents of all messages of that direction so far. Dropped, repeated, reordered and misdirected messages are thereby found as well.
 */
import { TheriacError } from '@theriac/tensors';
import { crc32 } from 'node:zlib';
import { inPieces, piecesOf } from './pieces';

/** Metadata key of the announcement. */
export const integrityKey = 'theriac-crc32';

/** Tag of field 2047, fixed32: the highest number whose tag takes two bytes. */
const tag = Buffer.from([0xfd, 0x7f]);
const tailBytes = tag.length + 4;

/** The messages of one direction of one call, in their order. */
export interface Chain {
  /** The message with its checksum. */
  seal(message: Buffer): Buffer;
  /** The message without its checksum; DATA_LOSS where it is not right. */
  open(message: Buffer): Buffer;
}

/** `context` is what both sides know: method, word and direction. */
export function checksumChain(context: string): Chain {
  let sum = crc32(context);
  return {
    seal(message) {
      const parts = piecesOf(message);
      for (const part of parts) sum = crc32(part, sum);
      const tail = Buffer.alloc(tailBytes);
      tail.set(tag);
      tail.writeUInt32LE(sum, tag.length);
      return parts[0] === message ? Buffer.concat([message, tail]) : inPieces([...parts, tail]);
    },
    open(message) {
      const content = message.subarray(0, Math.max(0, message.length - tailBytes));
      const tail = message.subarray(content.length);
      sum = crc32(content, sum);
      const right =
        tail.length === tailBytes && tail.subarray(0, 2).equals(tag) && tail.readUInt32LE(tag.length) === sum;
      if (!right) throw damaged('a message of the call does not have the checksum it was sent with');
      return content;
    },
  };
}

/** DATA_LOSS: bytes were changed on their way. */
export function damaged(what: string): TheriacError {
  return new TheriacError(what, {
    code: 'DATA_LOSS',
    remedy: 'Repeat the call; where it happens again, look at the network between the two.',
  });
}
