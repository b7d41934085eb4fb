import http2 from 'node:http2';

/** One HTTP/2 connection on which gRPC calls can be begun and left as they are. */
export interface RawStreams {
  /** Begins a call: bytes of its body so far, and its gRPC status when that comes. */
  begin(path: string, body?: Buffer, headers?: http2.OutgoingHttpHeaders): Promise<number>;
  close(): void;
}

export function rawStreams(address: string): RawStreams {
  const session = http2.connect(`http://${address}`);
  session.on('error', () => undefined);
  return {
    begin(path, body, headers = {}) {
      const stream = session.request({
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc',
        te: 'trailers',
        ...headers,
      });
      stream.on('error', () => undefined);
      if (body) stream.write(body);
      return new Promise((resolve) => {
        const told = (received: http2.IncomingHttpHeaders) => {
          const status = received['grpc-status'];
          if (status !== undefined) resolve(Number(status));
        };
        stream.on('response', told).on('trailers', told).resume();
        stream.on('close', () => resolve(Number.NaN));
      });
    },
    close: () => session.destroy(),
  };
}

/** A gRPC frame; `length` as it claims to be, where that differs. */
export function frame(message: Buffer, { compressed = false, length = message.length } = {}): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(compressed ? 1 : 0);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, message]);
}
