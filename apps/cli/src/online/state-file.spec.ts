import type { OnlineState } from '@theriac/game/online';
import { decodeOnlineState, encodeOnlineState } from './state-file';

const batch = {
  rows: { x: Float32Array.of(0, 0.5, 1, 0.25), y: Int32Array.of(3, 1), count: 2, features: 2 },
  users: Int32Array.of(4, 9),
  poison: Uint8Array.of(0, 1),
};
const state: OnlineState = {
  tick: 7,
  w: Float32Array.of(1, -2, 0.1),
  seen: [Float32Array.of(1, 2, 3), Float32Array.of(4, 5, 6)],
  queue: [batch, { ...batch, users: Int32Array.of(1, 1) }],
  loss: { last: 0.1 + 0.2, best: 1 / 3 },
};

it('comes back as it was written', () => {
  expect(decodeOnlineState(encodeOnlineState(state, 20, 'a'), 'a')).toEqual(state);
  const bare: OnlineState = { ...state, seen: [], queue: [], loss: null };
  expect(decodeOnlineState(encodeOnlineState(bare, 20, 'a'), 'a')).toEqual(bare);
});

it('is refused in the place of another', () => {
  expect(() => decodeOnlineState(encodeOnlineState(state, 20, 'defended-1'), 'defended-2')).toThrow(
    /belongs to another/,
  );
});
