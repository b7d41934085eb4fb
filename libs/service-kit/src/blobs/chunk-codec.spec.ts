import { BlobsServiceService, GetResponse, PutRequest } from '@theriac/contract/tensor';
import fc from 'fast-check';
import { blobsService, decodeGetResponse, decodePutRequest, encodeGetResponse, encodePutRequest } from './chunk-codec';

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const content = fc.oneof(
  bytes,
  fc.constantFrom(127, 128, 16383, 16384).map((size) => Buffer.alloc(size, 7)),
);

/** The bytes that go into a frame. */
function framed(message: Buffer): Buffer {
  const frame = Buffer.alloc(message.byteLength);
  message.copy(frame, 0);
  return frame;
}

/** What a decoder makes of a message, or that it refuses it. */
function outcome<T>(decode: (message: Buffer) => T, message: Buffer): T | 'refused' {
  try {
    return decode(message);
  } catch {
    return 'refused';
  }
}

it('writes what the generated codec writes', () => {
  fc.assert(
    fc.property(content, fc.nat(), (chunk, size) => {
      expect(framed(encodeGetResponse({ chunk })).equals(BlobsServiceService.get.responseSerialize({ chunk }))).toBe(
        true,
      );
      for (const part of [
        { $case: 'chunk', value: chunk },
        { $case: 'ref', value: { sha256: chunk, size } },
        undefined,
      ] as const) {
        expect(framed(encodePutRequest({ part })).equals(BlobsServiceService.put.requestSerialize({ part }))).toBe(
          true,
        );
      }
    }),
  );
});

it('reads what the generated codec reads, whatever arrives', () => {
  const whole = content.map((chunk) =>
    BlobsServiceService.put.requestSerialize({ part: { $case: 'chunk', value: chunk } }),
  );
  const torn = fc.tuple(whole, fc.nat()).map(([message, at]) => message.subarray(0, at % (message.length + 1)));
  const twice = fc.tuple(whole, whole).map((messages) => Buffer.concat(messages));
  fc.assert(
    fc.property(fc.oneof(bytes, whole, torn, twice), (message) => {
      expect(outcome(decodePutRequest, message)).toEqual(outcome((m) => PutRequest.decode(m), message));
      expect(outcome(decodeGetResponse, message)).toEqual(outcome((m) => GetResponse.decode(m), message));
    }),
  );
});

it('frames a whole chunk', () => {
  const chunk = Buffer.alloc(1 << 20, 7);
  expect(framed(encodeGetResponse({ chunk })).equals(BlobsServiceService.get.responseSerialize({ chunk }))).toBe(true);
  expect(decodeGetResponse(framed(encodeGetResponse({ chunk }))).chunk.equals(chunk)).toBe(true);
});

it('gives chunks as views of the message', () => {
  const message = framed(encodeGetResponse({ chunk: Buffer.from('content') }));
  const { chunk } = decodeGetResponse(message);
  message[message.length - 1] = 0x21;
  expect(chunk.toString()).toBe('conten!');
});

it('keeps the methods of the contract', () => {
  expect(Object.keys(blobsService)).toEqual(Object.keys(BlobsServiceService));
});
