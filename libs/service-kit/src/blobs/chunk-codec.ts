/**
 * The two messages that carry blob content, encoded and decoded by hand: the generated codec copies every chunk twice.
 *   GetResponse  field 1, bytes: 0x0a, varint length, content
 *   PutRequest   field 2, bytes: 0x12, varint length, content   (field 1, the reference, goes through the generated codec)
 * Neither encoding nor decoding copies: a chunk is written straight into the frame that @grpc/grpc-js makes of it, and read as a view
 * of the message.
 */
import { BlobsServiceService, GetResponse, PutRequest } from '@theriac/contract/tensor';
import { inPieces } from '../integrity/pieces';

const putChunkTag = 0x12;
const getChunkTag = 0x0a;

/** BlobsServiceService with the fast codec for chunks; the same bytes on the wire. */
export const blobsService = {
  ...BlobsServiceService,
  get: { ...BlobsServiceService.get, responseSerialize: encodeGetResponse, responseDeserialize: decodeGetResponse },
  put: { ...BlobsServiceService.put, requestSerialize: encodePutRequest, requestDeserialize: decodePutRequest },
} as const;

export function encodeGetResponse({ chunk }: GetResponse): Buffer {
  return chunk.length === 0 ? Buffer.alloc(0) : encodeBytesField(getChunkTag, chunk);
}

export function decodeGetResponse(message: Buffer): GetResponse {
  const chunk = onlyBytesField(getChunkTag, message);
  return chunk ? { chunk } : GetResponse.decode(message);
}

export function encodePutRequest(request: PutRequest): Buffer {
  if (request.part?.$case === 'chunk') return encodeBytesField(putChunkTag, request.part.value);
  return Buffer.from(PutRequest.encode(request).finish());
}

export function decodePutRequest(message: Buffer): PutRequest {
  const chunk = onlyBytesField(putChunkTag, message);
  return chunk ? { part: { $case: 'chunk', value: chunk } } : PutRequest.decode(message);
}

/** A message that is exactly one bytes field. */
const encodeBytesField = (tag: number, content: Buffer): Buffer => inPieces([fieldHead(tag, content.length), content]);

/** Tag and varint length. */
function fieldHead(tag: number, size: number): Buffer {
  const head = [tag];
  let rest = size;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) head.push((rest % 0x80) | 0x80);
  return Buffer.from([...head, rest]);
}

/** The content of a message that is exactly one bytes field; undefined for every other message. */
function onlyBytesField(tag: number, message: Buffer): Buffer | undefined {
  if (message[0] !== tag) return undefined;
  let size = 0;
  let scale = 1;
  for (let at = 1; at <= 5; at++) {
    const byte = message[at];
    if (byte === undefined) return undefined;
    size += (byte & 0x7f) * scale;
    scale *= 0x80;
    if (byte < 0x80) return at + 1 + size === message.length ? message.subarray(at + 1) : undefined;
  }
  return undefined;
}
