import { Metadata, status as Status, type Client } from '@grpc/grpc-js';

export const healthService = 'grpc.health.v1.Health';
const serving = 1;

/**
 * Whether the service behind `client` serves, as grpc.health.v1 says; false also where it does not answer within so many seconds.
 * One that has no health service, or does not tell us, but answers, serves.
 */
export function isServing(client: Client, seconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      `/${healthService}/Check`,
      () => Buffer.alloc(0),
      // The answer is one number, in field 1: no .proto file is read for it.
      (bytes) => (bytes[0] === 0x08 ? (bytes[1] ?? 0) : 0),
      null,
      new Metadata(),
      { deadline: Date.now() + seconds * 1000 },
      (error, status) => resolve(error === null ? status === serving : silent.includes(error.code)),
    );
  });
}

const silent: readonly number[] = [Status.UNIMPLEMENTED, Status.PERMISSION_DENIED, Status.UNAUTHENTICATED];
