import { movable, movableInTurns, type Movable } from './moving';

const large = new Float32Array(1 << 18).map((_, at) => at);
const wide = new Float64Array(1 << 17).fill(0.5);
const file = Buffer.alloc(9 << 20, 7);
const bytesOf = ({ buffer, byteOffset, byteLength }: NodeJS.TypedArray): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

describe.each<[string, (value: unknown) => Movable | Promise<Movable>]>([
  ['in one go', movable],
  ['in turns', movableInTurns],
])('values moved %s', (_, move) => {
  it('are as they were, with copies of what is large', async () => {
    const given = { x: large, rest: [{ wide, file, text: 'a', none: undefined }], small: new Int32Array(2) };
    const { value, buffers } = await move(given);
    const { x, rest, small } = structuredClone(value, { transfer: [...buffers] }) as typeof given;
    expect(buffers.map((buffer) => buffer.byteLength)).toEqual([0, 0, 0]);
    expect([x, rest[0]?.wide, rest[0]?.file, small]).toEqual([
      expect.any(Float32Array),
      expect.any(Float64Array),
      expect.any(Uint8Array),
      new Int32Array(2),
    ]);
    expect(bytesOf(x).equals(bytesOf(large))).toBe(true);
    expect(bytesOf(rest[0]?.wide as Float64Array).equals(bytesOf(wide))).toBe(true);
    expect(bytesOf(rest[0]?.file as Uint8Array).equals(file)).toBe(true);
    expect({ ...rest[0], wide, file }).toEqual({ wide, file, text: 'a', none: undefined });
  });

  it('leave behind what lies beside a view', async () => {
    const { value, buffers } = await move({ y: large.subarray(2, 4) });
    expect(buffers.map((buffer) => buffer.byteLength)).toEqual([8]);
    expect(value).toEqual({ y: Float32Array.of(2, 3) });
  });

  it('are not touched where nothing is large', async () => {
    const given = { x: new Float32Array(4) };
    expect(await move(given)).toEqual({ value: given, buffers: [] });
    expect((await move(given)).value).toBe(given);
  });
});

it('lets others have their turn while it copies', async () => {
  let turns = 0;
  let copying = true;
  (function tick(): void {
    turns += 1;
    if (copying) setImmediate(tick);
  })();
  await movableInTurns(new Uint8Array(64 << 20));
  copying = false;
  expect(turns).toBeGreaterThan(3);
});
