import { encodeSafetensors, TheriacError } from '@theriac/tensors';
import fc from 'fast-check';
import { decodePlainState, encodePlainState } from './plain-state';
import type { PlainState } from './plain-state';

/** JSON knows no -0. */
const real = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));
const arrays = fc.oneof(
  fc.float32Array({ maxLength: 9 }),
  fc.float64Array({ maxLength: 9 }),
  fc.int32Array({ maxLength: 9 }),
);
const states: fc.Arbitrary<PlainState> = fc.record({
  step: fc.nat(),
  of: fc.nat(),
  done: fc.boolean(),
  scalars: fc.dictionary(fc.string(), fc.oneof(real, fc.string(), fc.boolean(), fc.array(real)), {
    noNullPrototype: true,
  }),
  arrays: fc.dictionary(
    fc.string({ minLength: 1 }).filter((name) => name !== '__metadata__'),
    arrays,
    {
      noNullPrototype: true,
    },
  ),
});

describe('a plain state', () => {
  it('survives its encoding exactly, whatever it holds', () => {
    fc.assert(
      fc.property(states, fc.string(), (state, fingerprint) => {
        const bytes = encodePlainState(state, fingerprint);
        const read = decodePlainState(bytes, fingerprint);
        expect(read).toEqual(state);
        expect(encodePlainState(read, fingerprint)).toEqual(bytes);
      }),
      { numRuns: 300 },
    );
  });

  it('that was changed or cut is refused in one sentence, or is a state', () => {
    const damaged = fc
      .tuple(states, fc.nat(), fc.integer({ min: 1, max: 255 }), fc.nat())
      .map(([state, at, flip, cut]) => {
        const bytes = encodePlainState(state, 'game');
        bytes[at % bytes.length]! ^= flip;
        return cut % 3 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes;
      });
    const foreign = fc.string().map((text) => encodeSafetensors([], { 'theriac.state': text }));
    const almost = fc.json().map((text) => encodeSafetensors([], { 'theriac.state': text }));
    fc.assert(
      fc.property(fc.oneof(damaged, foreign, almost, fc.uint8Array()), (bytes) => {
        try {
          const { step, of, done, scalars } = decodePlainState(bytes, 'game');
          expect([typeof step, typeof of, typeof done, typeof scalars]).toEqual([
            'number',
            'number',
            'boolean',
            'object',
          ]);
        } catch (error) {
          if (!(error instanceof TheriacError)) throw error;
        }
      }),
      { numRuns: 1000 },
    );
  });
});
