import { callerOf } from './caller';
import { identityIn, parseIdentity } from './identity';

it('reads a role, with a name or without', () => {
  expect(parseIdentity('spiffe://theriac/driver')).toEqual({
    uri: 'spiffe://theriac/driver',
    domain: 'theriac',
    role: 'driver',
  });
  expect(parseIdentity('spiffe://poison.example-1.org/trainer/gpu_0.a')?.role).toBe('trainer');
});

it.each([
  'spiffe://theriac/admin',
  'spiffe://theriac/driverx',
  'spiffe://theriac/',
  'spiffe://theriac/driver/',
  'spiffe://theriac/driver/a/b',
  'spiffe:///driver',
  'https://theriac/driver',
  'spiffe://theriac/driver\n',
  'spiffe://theriac/Driver',
])('does not take %j for an identity', (uri) => expect(parseIdentity(uri)).toBeUndefined());

it('finds the one identity in a certificate', () => {
  expect(identityIn('DNS:localhost, URI:spiffe://theriac/attacker/a, IP Address:127.0.0.1')?.role).toBe('attacker');
});

it.each([
  undefined,
  '',
  'DNS:localhost',
  'URI:spiffe://theriac/attacker, URI:spiffe://theriac/driver', // which of them?
  'URI:spiffe://theriac/driver, URI:https://example.org',
  'DNS:"x, URI:spiffe://theriac/driver"', // one name that looks like two
  'URI:"spiffe://theriac/driver, DNS:x"',
  'URI:spiffe://theriac/driver, DNS:"open',
])('finds no identity in %j', (names) => expect(identityIn(names)).toBeUndefined());

it('knows a caller by its identity, else by its host', () => {
  const origin = (peer: string, subjectaltname?: string) => ({
    getPeer: () => peer,
    getAuthContext: () => (subjectaltname === undefined ? {} : { sslPeerCertificate: { subjectaltname } as never }),
  });
  const uri = 'spiffe://theriac/driver/ann';
  expect(callerOf(origin('10.0.0.7:4000', `URI:${uri}`))).toEqual({ identity: uri, roles: ['driver'], key: uri });
  const unknown = { identity: undefined, roles: [] };
  expect(callerOf(origin('10.0.0.7:4000'))).toEqual({ ...unknown, key: '10.0.0.7' });
  expect(callerOf(origin('::1:4000'))).toEqual({ ...unknown, key: '::1' });
  expect(callerOf(origin('unknown'))).toEqual({ ...unknown, key: 'local' });
});
