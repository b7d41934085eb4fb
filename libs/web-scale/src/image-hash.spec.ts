import { randomStream } from '@theriac/tensors';
import fc from 'fast-check';
import { measureHash, passing, ratesAt } from './hash-measurement';
import { hashDistance, hashOfPlane, imageHashes } from './image-hash';
import { benignlyChanged, benignViews, encoded, exactHash, perceptualHash } from './image-views';
import type { BenignView, Picture } from './image-views';

/** Smooth coloured blobs: a picture that survives encoding, by its number. */
function picture(number: number, side = 32): Picture {
  const random = randomStream(number, 'picture');
  const waves = Array.from({ length: 9 }, () => [random.normal(), random.uniform() * 6, random.uniform() * 6] as const);
  const pixels = new Uint8Array(side * side * 3);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      for (let c = 0; c < 3; c++) {
        const wave = waves
          .slice(3 * c, 3 * c + 3)
          .reduce((sum, [size, p, q]) => sum + size * Math.sin((p * x + q * y) / side + p), 0);
        pixels[(y * side + x) * 3 + c] = Math.max(0, Math.min(255, 128 + 45 * wave));
      }
  return { height: side, width: side, channels: 3, pixels };
}

describe('hashes of planes', () => {
  it('have the bits that their definitions say', () => {
    const grey = Uint8Array.from({ length: 72 }, (_, i) => (i % 9 === 8 ? 0 : i % 9));
    expect([...hashOfPlane('difference', grey)]).toEqual(new Array(8).fill(0b11111110));
    const halves = Uint8Array.from({ length: 64 }, (_, i) => (i < 32 ? 10 : 200));
    expect([...hashOfPlane('average', halves)]).toEqual([0, 0, 0, 0, 255, 255, 255, 255]);
    expect(() => hashOfPlane('average', grey)).toThrow(/grey.length is 72; allowed: 64/);
  });

  it('are as a bit-by-bit count says, and their distance is a metric', () => {
    const plane = fc.uint8Array({ minLength: 72, maxLength: 72 });
    fc.assert(
      fc.property(plane, plane, plane, (a, b, c) => {
        const [p, q, r] = [a, b, c].map((grey) => hashOfPlane('difference', grey)) as [
          Uint8Array,
          Uint8Array,
          Uint8Array,
        ];
        let differing = 0;
        for (let y = 0; y < 8; y++)
          for (let x = 0; x < 8; x++)
            if (a[9 * y + x]! < a[9 * y + x + 1]! !== b[9 * y + x]! < b[9 * y + x + 1]!) differing++;
        expect(hashDistance(p, q)).toBe(differing);
        expect(hashDistance(p, p)).toBe(0);
        expect(hashDistance(p, r)).toBeLessThanOrEqual(hashDistance(p, q) + hashDistance(q, r));
      }),
    );
  });
});

describe('files of pictures', () => {
  it.each(imageHashes)('of flat blocks have the %s hash of the blocks', async (name) => {
    // Neighbouring blocks are far apart, so that the kernel that shrinks them cannot turn a bit.
    const random = randomStream(1, 'blocks');
    const across = name === 'difference' ? 9 : 8;
    const blocks = new Uint8Array(8 * across);
    let level = 0;
    for (let i = 0; i < blocks.length; i++) {
      level = name === 'difference' ? (level + 1 + random.integer(3)) % 4 : 3 * random.integer(2);
      blocks[i] = 30 + 60 * level;
    }
    const pixels = new Uint8Array(72 * 72).map((_, i) => {
      const [y, x] = [Math.floor(i / 72), i % 72];
      return blocks[Math.floor(y / 9) * across + Math.floor((x * across) / 72)]!;
    });
    const file = await encoded({ height: 72, width: 72, channels: 1, pixels });
    expect(hashDistance(await perceptualHash(name, file), hashOfPlane(name, blocks))).toBe(0);
  });

  it('change their bytes when encoded again, and hardly their hash', async () => {
    const original = picture(0);
    const file = await encoded(original);
    expect(exactHash(await encoded(original))).toBe(exactHash(file));
    for (const view of Object.keys(benignViews) as BenignView[]) {
      const changed = await benignlyChanged(original, view);
      expect(exactHash(changed)).not.toBe(exactHash(file));
      const distance = hashDistance(
        await perceptualHash('difference', changed),
        await perceptualHash('difference', file),
      );
      expect(distance).toBeLessThanOrEqual(12);
    }
  });

  it('refuse pixels that do not fill them', async () => {
    await expect(encoded({ ...picture(0), height: 31 })).rejects.toThrow(/pixels.length is 3072/);
  });
});

describe('a measurement', () => {
  const pictures = Array.from({ length: 12 }, (_, number) => picture(number));
  const labels = pictures.map((_, at) => at % 3);

  it('counts every image once a view, rises with the tolerance, and ends in everything', async () => {
    const measured = await measureHash('difference', pictures, labels);
    for (const histogram of [...Object.values(measured.benign), ...Object.values(measured.poison)])
      expect(histogram.reduce((sum, count) => sum + count, 0)).toBe(12);
    expect(measured.exactPass).toBe(0);
    const rates = Array.from({ length: 65 }, (_, tolerance) => ratesAt(measured, tolerance));
    rates.slice(1).forEach((rate, at) => expect(rate.benignPass).toBeGreaterThanOrEqual(rates[at]!.benignPass));
    expect(rates[64]).toMatchObject({ benignPass: 1, bypass: { blind: 1, searching: 1, bounded: 1 } });
    expect(rates.every(({ bypass }) => bypass.searching >= bypass.blind)).toBe(true);
    expect(rates[10]!.benignPass).toBeGreaterThan(rates[10]!.bypass.blind);
    expect(await measureHash('difference', pictures, labels)).toEqual(measured);
  });

  it('of nothing passes nothing', () => expect(passing([0, 0], 1)).toBe(0));
});
