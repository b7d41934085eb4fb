import { parseAddress, refuseRemotePlaintext } from './address';

it.each([
  ['unix:/run/theriac.sock', { kind: 'unix', path: '/run/theriac.sock', local: true }],
  ['unix:///run/theriac.sock', { kind: 'unix', path: '/run/theriac.sock', text: 'unix:/run/theriac.sock' }],
  ['127.0.0.1:0', { kind: 'tcp', host: '127.0.0.1', port: 0, local: true }],
  ['localhost:80', { host: '127.0.0.1', text: '127.0.0.1:80', local: true }],
  ['[::1]:80', { host: '::1', text: '[::1]:80', local: true }],
  ['0.0.0.0:80', { host: '0.0.0.0', local: false }],
  ['trainer.example:7411', { host: 'trainer.example', port: 7411, local: false }],
])('reads %s', (text, expected) => {
  expect(parseAddress(text)).toMatchObject(expected);
});

it.each([
  '',
  'trainer',
  ':80',
  '::1:80',
  'a:b',
  'a:65536',
  'a:-1',
  'http://a:80',
  'unix:',
  'unix:relative',
  `unix:/${'x'.repeat(107)}`,
])('refuses %p', (text) => {
  expect(() => parseAddress(text, '--listen')).toThrow(/--listen/);
});

it('keeps plaintext on this machine unless told otherwise', () => {
  const remote = parseAddress('10.0.0.1:80');
  expect(() => refuseRemotePlaintext(remote, false, 'listen')).toThrow(/plaintext/);
  expect(() => refuseRemotePlaintext(remote, true, 'listen')).not.toThrow();
  expect(() => refuseRemotePlaintext(parseAddress('[::1]:80'), false, 'listen')).not.toThrow();
});
