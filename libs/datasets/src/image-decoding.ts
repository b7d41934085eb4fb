/** Decodes image files to bytes [height, width, channels]; transparency is dropped, 16 bits become 8. */
import { TheriacError } from '@theriac/tensors';
import { reasonOf } from './integrity';

/** What an image file's header says. */
export interface ImageHeader {
  readonly width: number;
  readonly height: number;
  readonly grey: boolean;
}

/** File name endings of the image formats that are read. */
export const imageEndings = ['.png', '.jpg', '.jpeg', '.webp', '.gif', '.tif', '.tiff'];

/** Whether the name is that of an image file. */
export function isImage(name: string): boolean {
  return imageEndings.some((ending) => name.toLowerCase().endsWith(ending));
}

/** Loaded by the first image: most games have none to decode. */
async function decoder() {
  const { default: sharp } = await import('sharp');
  // One thread an image, several images at a time; nothing of an image is asked for twice.
  sharp.concurrency(1);
  sharp.cache(false);
  return sharp;
}

/** Changes whenever pixels may. */
export async function decoderVersion(): Promise<string> {
  return `${(await decoder()).versions.vips} 1`;
}

/** The header of an image file; DATA_LOSS names the file that is none. */
export async function readHeader(name: string, bytes: Uint8Array): Promise<ImageHeader> {
  try {
    const { width, height, space } = await (await decoder())(bytes).metadata();
    return { width, height, grey: space === 'b-w' || space === 'grey16' };
  } catch (error) {
    throw unreadable(name, error);
  }
}

/**
 * The pixels of an image file, greyscale repeated where `channels` is 3; of an animation, the first picture. DATA_LOSS names a
 * file that is no image, cut short or damaged.
 */
export async function decodeImage(
  name: string,
  bytes: Uint8Array,
  channels: 1 | 3,
): Promise<{ readonly width: number; readonly height: number; readonly pixels: Uint8Array }> {
  try {
    const { data, info } = await (
      await decoder()
    )(bytes, { failOn: 'warning' })
      .toColourspace(channels === 1 ? 'b-w' : 'srgb')
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== channels) throw new Error(`it has ${info.channels} channels instead of ${channels}`);
    return { width: info.width, height: info.height, pixels: data };
  } catch (error) {
    throw unreadable(name, error);
  }
}

function unreadable(name: string, error: unknown): TheriacError {
  return new TheriacError(`The image ${name} cannot be decoded: ${reasonOf(error)}`, {
    code: 'DATA_LOSS',
    field: name,
    allowed: `a whole image file (${imageEndings.join(', ')})`,
    remedy: 'Restore the file, or remove it.',
  });
}
