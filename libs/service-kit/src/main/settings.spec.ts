import { helpText, readCommandLine } from './settings';

const listen = '127.0.0.1:7411';
const settingsOf = (args: string[], environment: Record<string, string> = {}) => {
  const asked = readCommandLine(args, environment, listen);
  if (asked.kind !== 'run') throw new Error(asked.kind);
  return asked.settings;
};

it('takes the option before the environment before the default', () => {
  expect(settingsOf([])).toMatchObject({
    listen,
    logLevel: 'info',
    blobMemoryMib: 128,
    allowPlaintext: false,
    threads: undefined,
  });
  const environment = {
    THERIAC_LISTEN: 'unix:/run/t.sock',
    THERIAC_SLICE_SECONDS: '7.5',
    THERIAC_ALLOW_PLAINTEXT: 'true',
    THERIAC_THREADS: '',
  };
  expect(settingsOf([], environment)).toMatchObject({
    listen: 'unix:/run/t.sock',
    sliceSeconds: 7.5,
    allowPlaintext: true,
    threads: undefined,
  });
  expect(settingsOf(['--listen', '[::1]:0', '--slice-seconds=2', '--exit-with-parent'], environment)).toMatchObject({
    listen: '[::1]:0',
    sliceSeconds: 2,
    exitWithParent: true,
  });
});

it.each<[string[], Record<string, string>, RegExp]>([
  [['--listen', 'nowhere'], {}, /--listen is "nowhere"; allowed: unix:\/path/],
  [[], { THERIAC_LISTEN: 'a:b' }, /THERIAC_LISTEN is "a:b"/],
  [['--log-level', 'loud'], {}, /--log-level is "loud"; allowed: trace, debug/],
  [[], { THERIAC_BACKEND: 'torch' }, /THERIAC_BACKEND is "torch"; allowed: auto, tensorflow/],
  [[], { THERIAC_THREADS: '0' }, /THERIAC_THREADS is "0"; allowed: an integer from 1/],
  [[], { THERIAC_THREADS: '2.5' }, /THERIAC_THREADS/],
  [['--trainer', 'nowhere'], {}, /--trainer is "nowhere"; allowed: unix:\/path/],
  [[], { THERIAC_TRAINER: 'a:b' }, /THERIAC_TRAINER is "a:b"/],
  [['--slice-seconds', '-1'], {}, /--slice-seconds/],
  [['--slice-seconds', 'NaN'], {}, /--slice-seconds/],
  [[], { THERIAC_SESSION_LEASE_SECONDS: 'Infinity' }, /THERIAC_SESSION_LEASE_SECONDS/],
  [[], { THERIAC_BLOB_MEMORY_MIB: '1e3' }, /THERIAC_BLOB_MEMORY_MIB/],
  [[], { THERIAC_ALLOW_PLAINTEXT: 'yes' }, /THERIAC_ALLOW_PLAINTEXT is "yes"; allowed: true, false/],
  [['--lissten', 'x'], {}, /command line.*--lissten/],
  [['train'], {}, /command line.*train/],
  [['--listen'], {}, /command line/],
])('refuses %j with %j', (args, environment, message) => {
  expect(() => settingsOf(args, environment)).toThrow(message);
});

it('explains every setting', () => {
  const text = helpText('theriac-trainer', 'trains', listen);
  for (const word of [
    '--listen ADDRESS',
    'THERIAC_LISTEN',
    listen,
    '--exit-with-parent',
    'THERIAC_TRAINER',
    'THERIAC_BLOB_MEMORY_MIB',
    'default 128',
    '--version',
  ]) {
    expect(text).toContain(word);
  }
  expect(text.split('\n').every((line) => line.length <= 110)).toBe(true);
  expect(readCommandLine(['--help'], {}, listen)).toEqual({ kind: 'help' });
  expect(readCommandLine(['--version'], {}, listen)).toEqual({ kind: 'version' });
});
