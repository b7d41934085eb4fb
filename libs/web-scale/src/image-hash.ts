/**
 * Perceptual hashes of 64 bits, as published by Krawetz ("Looks Like It", 2011; "Kind of Like That", 2013, hackerfactor.com):
 *   average     bit (y, x) of an 8 x 8 grey image g:  g(y, x) > mean of g
 *   difference  bit (y, x) of an 8 x 9 grey image g (8 rows, 9 columns):  g(y, x) < g(y, x + 1)
 * Two images are taken for the same where the bits that differ (Hamming) are at most a tolerance.
 */
import { invalid } from '@theriac/tensors';

export const imageHashes = ['difference', 'average'] as const;
export type ImageHashName = (typeof imageHashes)[number];

/** Rows and columns of the grey image that a hash is made from. */
export const hashPlane: Readonly<Record<ImageHashName, readonly [height: number, width: number]>> = {
  difference: [8, 9],
  average: [8, 8],
};

/** Bits of a hash. */
export const hashBits = 64;

/** The hash of a grey plane [height * width]: 8 bytes, a row of 8 bits each. Throws INVALID_ARGUMENT for another size. */
export function hashOfPlane(name: ImageHashName, grey: Uint8Array): Uint8Array {
  const [height, width] = hashPlane[name];
  if (grey.length !== height * width) throw invalid('grey.length', grey.length, String(height * width));
  const mean = grey.reduce((sum, value) => sum + value, 0) / grey.length;
  const bit = (y: number, x: number): boolean => {
    const here = grey[y * width + x]!;
    return name === 'average' ? here > mean : here < grey[y * width + x + 1]!;
  };
  return Uint8Array.from({ length: 8 }, (_, y) => {
    let byte = 0;
    for (let x = 0; x < 8; x++) byte = (byte << 1) | Number(bit(y, x));
    return byte;
  });
}

/** The number of bits in which two hashes differ, 0..64. */
export function hashDistance(a: Uint8Array, b: Uint8Array): number {
  let distance = 0;
  for (let i = 0; i < a.length; i++) for (let bits = a[i]! ^ b[i]!; bits > 0; bits &= bits - 1) distance++;
  return distance;
}
