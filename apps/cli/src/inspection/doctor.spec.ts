import { adviceFor, doctorText } from './doctor-verb';
import type { Findings } from './findings';

const engine = {
  name: 'tensorflow' as const,
  device: 'cpu' as const,
  version: '2.21.0',
  threads: 2,
  secondOrder: true,
  compiles: true,
  selfCheck: { worstRelativeError: 5e-5, seconds: 0.3 },
  reason: 'it is the fastest',
  rejected: [],
};
const findings: Findings = {
  engine,
  failure: null,
  nativeLibrary: { ok: true, status: 'ready', flavour: 'cpu', version: '2.21.0', binding: '/cache/b.node' },
  machine: { cpu: 'a cpu', cores: 2, memoryGiB: 8, freeMemoryGiB: 4, load: 0.5, platform: 'linux-x64', node: '20' },
  data: { directory: '/data', datasets: [{ id: 'mnist', state: 'ready', needsFiles: true }] },
  cache: '/cache',
  settings: {},
  versions: { theriac: '0.1.0' },
};

it('tells what was found, chosen and why', () => {
  const text = doctorText(findings, adviceFor(findings));
  for (const word of ['tensorflow 2.21.0 on cpu', 'it is the fastest', '5.00e-5', '/cache/b.node', 'mnist ready'])
    expect(text).toContain(word);
});

it('says how to get a faster engine', () => {
  const slow: Findings = {
    ...findings,
    engine: {
      ...engine,
      name: 'wasm',
      rejected: [{ name: 'tensorflow', why: 'no library', remedy: 'Run npm run setup.' }],
    },
    nativeLibrary: { ok: false, status: 'unavailable', why: 'no pip', remedy: 'install python3-pip' },
  };
  expect(adviceFor(slow)).toEqual([
    'tensorflow: no library. Run npm run setup.',
    'The native library is unavailable: no pip. Remedy: install python3-pip.',
  ]);
  expect(adviceFor({ ...slow, nativeLibrary: null })[1]).toContain('npm run setup');
  expect(adviceFor(findings)).toEqual([expect.stringContaining('THERIAC_TENSORFLOW=gpu')]);
});

it('names damaged and missing data', () => {
  const datasets = [
    { id: 'mnist', state: 'damaged' as const, needsFiles: true, why: 'train-images is not as published' },
    { id: 'spambase', state: 'missing' as const, needsFiles: true },
  ];
  const advice = adviceFor({ ...findings, data: { directory: '/data', datasets } });
  expect(advice).toContainEqual('mnist: train-images is not as published');
  expect(advice.some((line) => line.startsWith('spambase'))).toBe(true);
});

it('tells that no engine starts', () => {
  const none = { ...findings, engine: null, failure: 'it crashed.' };
  expect(adviceFor(none)[0]).toContain('it crashed.');
  expect(doctorText(none, adviceFor(none))).toContain('none (it crashed.)');
});
