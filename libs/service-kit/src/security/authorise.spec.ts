import { Metadata, type ServerInterceptingCall, type StatusObject } from '@grpc/grpc-js';
import type { PeerCertificate } from 'node:tls';
import { silentLogger } from '../logging';
import { authorising } from './authorise';
import { parsePolicy } from './policy';

const path = '/theriac.v1.TrainerService/Train';
const policy = parsePolicy('trainer', `trainer: { '${path.slice(1)}': [driver] }`, 'test');
const interceptor = authorising({ policy, domain: 'theriac', log: silentLogger() });
const day = 86_400_000;

/** What becomes of a call: the status that refuses it, or "on its way". */
function outcome(certificate: Partial<PeerCertificate> | undefined): StatusObject | string | undefined {
  let found: StatusObject | string | undefined;
  const call = {
    getAuthContext: () => (certificate === undefined ? {} : { sslPeerCertificate: certificate }),
    getPeer: () => '10.0.0.1:4711',
    start: (listener: { onReceiveMetadata(metadata: Metadata): void }) => listener.onReceiveMetadata(new Metadata()),
    sendStatus: (status: StatusObject) => (found = status),
  };
  const definition = { path, requestStream: false, responseStream: false } as Parameters<typeof interceptor>[0];
  const made = interceptor(definition, call as unknown as ServerInterceptingCall);
  made.start({
    onReceiveMetadata: () => (found = 'on its way'),
    onReceiveMessage: () => undefined,
    onReceiveHalfClose: () => undefined,
    onCancel: () => undefined,
  });
  return found;
}

const certificate = (uri: string, left: number): Partial<PeerCertificate> => ({
  subjectaltname: `URI:${uri}`,
  valid_to: new Date(Date.now() + left).toUTCString(),
});

it('lets a call pass whose caller may make it', () => {
  expect(outcome(certificate('spiffe://theriac/driver/ann', day))).toBe('on its way');
});

it.each<[string, Partial<PeerCertificate> | undefined, number, RegExp]>([
  ['without a certificate', undefined, 16, /not trusted/],
  ['whose certificate has expired since', certificate('spiffe://theriac/driver', -day), 16, /has expired since/],
  [
    'of another role',
    certificate('spiffe://theriac/observer', day),
    7,
    /observer may not call theriac\.v1\.TrainerService\/Train/,
  ],
  ['of another trust domain', certificate('spiffe://elsewhere/driver', day), 7, /one URI spiffe:\/\/theriac\/role/],
  ['of nobody', { valid_to: new Date(Date.now() + day).toUTCString() }, 7, /no name/],
])('answers a call %s by a status, and reads nothing of it', (_, given, code, details) => {
  expect(outcome(given)).toMatchObject({ code, details: expect.stringMatching(details) as string });
});
