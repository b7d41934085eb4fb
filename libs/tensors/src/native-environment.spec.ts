import { availableParallelism } from 'node:os';
import { prepareNativeEnvironment, threadCount } from './native-environment';

describe('threadCount', () => {
  it('takes what is given, else THERIAC_THREADS, else every core', () => {
    expect(threadCount(3, { THERIAC_THREADS: '5' })).toBe(3);
    expect(threadCount(undefined, { THERIAC_THREADS: '5' })).toBe(5);
    expect(threadCount(undefined, { THERIAC_THREADS: '' })).toBe(availableParallelism());
    expect(threadCount(undefined, {})).toBe(availableParallelism());
  });

  it.each(['0', '-1', '1.5', 'many', '2000'])('refuses THERIAC_THREADS=%s, naming it', (text) => {
    expect(() => threadCount(undefined, { THERIAC_THREADS: text })).toThrow(
      /THERIAC_THREADS is .*; allowed: an integer from 1 to 1024/,
    );
  });

  it('refuses a wrong argument by its own name', () => {
    expect(() => threadCount(0, {})).toThrow(/^threads is 0/);
  });
});

describe('prepareNativeEnvironment', () => {
  const before = { ...process.env };
  afterEach(() => {
    process.env = { ...before };
  });

  it('pins the threads, and leaves to the user what the user has set', () => {
    process.env.TF_CPP_MIN_LOG_LEVEL = '0';
    delete process.env.TF_FORCE_GPU_ALLOW_GROWTH;
    expect(prepareNativeEnvironment(3)).toBe(3);
    expect(process.env).toMatchObject({
      TF_NUM_INTRAOP_THREADS: '3',
      TF_NUM_INTEROP_THREADS: '3',
      TF_CPP_MIN_LOG_LEVEL: '0',
      TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    });
  });
});
