import type { Dataset } from '@theriac/datasets';
import { PNG } from 'pngjs';
import { unchangedRows } from './finish';
import { pictureNote, pngDataUri, poisonPictures } from './pictures';

const decode = (uri: string) => PNG.sync.read(Buffer.from(uri.replace('data:image/png;base64,', ''), 'base64'));
const dataset = {
  shape: [2, 2, 1],
  features: 4,
  classes: 2,
  classNames: ['no', 'yes <b>'],
  train: {
    count: 2,
    features: 4,
    stored: Uint8Array.from([0, 51, 102, 255, 1, 2, 3, 4]),
    labels: Uint8Array.from([0, 1]),
  },
} as unknown as Dataset;
const base = Float32Array.from([0, 51, 102, 255], (value) => value / 255);

describe('pngDataUri', () => {
  it('maps the range to black and white and clips what lies outside', () => {
    const png = decode(pngDataUri([-5, 0, 0.5, 7], [0, 1], [2, 2, 1]));
    expect([png.width, png.height]).toEqual([2, 2]);
    expect([...png.data].filter((_, index) => index % 4 === 0)).toEqual([0, 0, 128, 255]);
    const rescaled = decode(pngDataUri([-5, -2, 1, 7], [-5, 7], [2, 2, 1]));
    expect([...rescaled.data].filter((_, index) => index % 4 === 1)).toEqual([0, 64, 128, 255]);
  });

  it('keeps colours', () => {
    expect([...decode(pngDataUri([1, 0, 0.2], [0, 1], [1, 1, 3])).data]).toEqual([255, 0, 51, 255]);
  });
});

describe('poisonPictures', () => {
  const poison = {
    x: Float32Array.from([-3, 0, 1, 9]),
    y: Int32Array.from([1]),
    base: Int32Array.from([0]),
    count: 1,
    features: 4,
  };

  it('shows base, clipped and rescaled poison, and escapes names', () => {
    const html = poisonPictures(poison, dataset);
    expect(html.match(/<img /g)).toHaveLength(3);
    expect(html).toContain('base, no');
    expect(html).not.toContain('<b>');
    expect(pictureNote(poison)).toMatch(/between -3 and 9.*clipped/);
  });

  it('does not rescale what is a picture already', () => {
    const tame = { ...poison, x: Float32Array.from([0, 0.5, 1, 0.25]) };
    expect(poisonPictures(tame, dataset).match(/<img /g)).toHaveLength(2);
    expect(pictureNote(tame)).toContain('within what a picture can hold');
  });

  it('shows nothing for rows that are no pictures', () => {
    expect(poisonPictures(poison, { ...dataset, shape: [4] })).toBe('');
  });
});

describe('unchangedRows', () => {
  const rows = (x: Float32Array, y: number) => ({
    x,
    y: Int32Array.from([y]),
    base: Int32Array.from([0]),
    count: 1,
    features: 4,
  });

  it('counts a row only where pixels and label are those of its base', () => {
    expect(unchangedRows(rows(base, 0), dataset)).toBe(1);
    expect(unchangedRows(rows(base, 1), dataset)).toBe(0);
    expect(unchangedRows(rows(Float32Array.from([0, 0.2, 0.4, 0.99]), 0), dataset)).toBe(0);
    expect(unchangedRows({ ...rows(base, 0), base: Int32Array.from([-1]) }, dataset)).toBe(0);
    expect(unchangedRows({ ...rows(base, 0), base: undefined }, dataset)).toBe(0);
  });
});
