import { decodePlainState, encodePlainState } from './plain-state';
import type { PlainState } from './plain-state';

const state: PlainState = {
  step: 3,
  of: 7,
  done: false,
  scalars: { loss: 0.1 + 0.2, kind: 'reversed', flag: true, list: [1, 2.5] },
  arrays: {
    w: Float32Array.of(1, -2, 3.25),
    m: Float64Array.of(Math.PI),
    y: Int32Array.of(-1, 2 ** 31 - 1),
    none: new Float32Array(0),
  },
};

describe('plain state', () => {
  it('survives its encoding exactly', () => {
    expect(decodePlainState(encodePlainState(state, 'game'), 'game')).toEqual(state);
  });

  it('gives the same bytes for the same state, whatever the order of its parts', () => {
    const { w, m, y, none } = state.arrays;
    const shuffled = {
      ...state,
      scalars: Object.fromEntries(Object.entries(state.scalars).reverse()),
      arrays: { none, y, m, w },
    } as PlainState;
    expect(encodePlainState(shuffled, 'game')).toEqual(encodePlainState(state, 'game'));
  });

  it.each([
    ['the state of another request', encodePlainState(state, 'another'), 'FAILED_PRECONDITION'],
    ['bytes that are no safetensors', new Uint8Array(4), 'INVALID_ARGUMENT'],
    ['a truncated state', encodePlainState(state, 'game').slice(0, -1), 'INVALID_ARGUMENT'],
  ])('refuses %s', (_, bytes, code) => {
    expect(() => decodePlainState(bytes, 'game')).toThrow(
      expect.objectContaining({ detail: expect.objectContaining({ code }) as unknown }) as Error,
    );
  });
});
