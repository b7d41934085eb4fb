/** What becomes of an image on the web without malice (encoded again, resized), and grey planes of it, by libvips. */
import { createHash } from 'node:crypto';
import { invalid } from '@theriac/tensors';
import { hashOfPlane, hashPlane } from './image-hash';
import type { ImageHashName } from './image-hash';

/** Pixels [height, width, channels], channels 1 or 3. */
export interface Picture {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  readonly pixels: Uint8Array;
}

/** Benign changes: the format it is encoded in, its quality, and a factor for both sides. */
export const benignViews = {
  'jpeg 90': { format: 'jpeg', quality: 90, factor: 1 },
  'jpeg 75': { format: 'jpeg', quality: 75, factor: 1 },
  'jpeg 50': { format: 'jpeg', quality: 50, factor: 1 },
  'webp 75': { format: 'webp', quality: 75, factor: 1 },
  'twice the size, jpeg 75': { format: 'jpeg', quality: 75, factor: 2 },
  'half the size, jpeg 75': { format: 'jpeg', quality: 75, factor: 0.5 },
} as const;
export type BenignView = keyof typeof benignViews;

/** The file that a web server would send: PNG of the pixels, as at curation. */
export async function encoded(picture: Picture): Promise<Buffer> {
  return (await opened(picture)).png().toBuffer();
}

/** The file after a benign change. */
export async function benignlyChanged(picture: Picture, view: BenignView): Promise<Buffer> {
  const { format, quality, factor } = benignViews[view];
  const image = await opened(picture);
  const width = Math.max(1, Math.round(picture.width * factor));
  const height = Math.max(1, Math.round(picture.height * factor));
  const sized = factor === 1 ? image : image.resize(width, height, { fit: 'fill' });
  return format === 'jpeg' ? sized.jpeg({ quality }).toBuffer() : sized.webp({ quality }).toBuffer();
}

/** The perceptual hash of an image file, 8 bytes. */
export async function perceptualHash(name: ImageHashName, file: Buffer): Promise<Uint8Array> {
  const [height, width] = hashPlane[name];
  const grey = await (await library())(file).greyscale().resize(width, height, { fit: 'fill' }).raw().toBuffer();
  return hashOfPlane(name, grey);
}

/** The exact hash of an image file: sha256, hex. */
export const exactHash = (file: Uint8Array): string => createHash('sha256').update(file).digest('hex');

async function opened({ height, width, channels, pixels }: Picture) {
  if (pixels.length !== height * width * channels)
    throw invalid('pixels.length', pixels.length, `${height} x ${width} x ${channels}`);
  return (await library())(pixels, { raw: { width, height, channels } });
}

async function library() {
  const { default: sharp } = await import('sharp');
  sharp.concurrency(1);
  return sharp;
}
