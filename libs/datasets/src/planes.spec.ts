import { interleavePlanes } from './planes';

it('turns planes into pixels and skips what comes before them', () => {
  const planes = Uint8Array.of(9, 1, 2, 11, 12, 21, 22, 9, 3, 4, 13, 14, 23, 24);
  const target = new Uint8Array(18);
  interleavePlanes(planes, { rows: 2, pixels: 2, skip: 1 }, target, 1);
  expect([...target]).toEqual([0, 0, 0, 0, 0, 0, 1, 11, 21, 2, 12, 22, 3, 13, 23, 4, 14, 24]);
});
