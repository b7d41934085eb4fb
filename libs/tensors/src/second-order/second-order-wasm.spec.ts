import { startBackend } from '../backend';
import { liveTensors } from '../memory-scope';
import { cases } from './cases';
import { errorsOf } from './central-differences';

beforeAll(async () => {
  await startBackend({ prefer: 'wasm', threads: 1 });
});

describe('derivatives against central differences, on wasm', () => {
  it.each(cases.filter(({ nativeOnly }) => !nativeOnly).map((one) => [one.name, one] as const))('%s', (_, one) => {
    const before = liveTensors();
    const errors = errorsOf(one);
    expect(errors.gradient).toBeLessThan(1e-3);
    expect(errors.hessianVectorProduct).toBeLessThan(1e-3);
    expect(errors.mixedProduct).toBeLessThan(1e-3);
    expect(liveTensors()).toBe(before);
  });

  it.each(cases.filter(({ nativeOnly }) => nativeOnly).map((one) => [one.name, one] as const))(
    '%s: refused, not wrong',
    (_, one) => {
      expect(() => errorsOf(one)).toThrow(/needs the tensorflow backend/);
    },
  );
});
