/** MNIST: LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition", Proc. IEEE 86(11), 1998. */
import { TheriacError } from '@theriac/tensors';
import type { Examples } from './dataset';
import type { DownloadableFile } from './download';
import { parseIdx } from './idx';
import { digestOf, readDataFile, type Fingerprint } from './integrity';
import type { Source } from './source';

const side = 28;
const classes = 10;
const mirrors = [
  'https://ossci-datasets.s3.amazonaws.com/mnist/',
  'https://storage.googleapis.com/cvdf-datasets/mnist/',
  'https://raw.githubusercontent.com/fgnt/mnist/master/',
];

const trainImages = file(
  'train-images-idx3-ubyte',
  { bytes: 9912422, sha256: '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609' },
  { bytes: 47040016, sha256: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db' },
);
const trainLabels = file(
  'train-labels-idx1-ubyte',
  { bytes: 28881, sha256: '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c' },
  { bytes: 60008, sha256: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5' },
);
const testImages = file(
  't10k-images-idx3-ubyte',
  { bytes: 1648877, sha256: '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6' },
  { bytes: 7840016, sha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7' },
);
const testLabels = file(
  't10k-labels-idx1-ubyte',
  { bytes: 4542, sha256: 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6' },
  { bytes: 10008, sha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2' },
);
const files = [trainImages, trainLabels, testImages, testLabels];

const description = {
  id: 'mnist',
  description: 'handwritten digits, 28 x 28 grey levels',
  source: 'LeCun, Cortes and Burges, 1998; CC BY-SA 3.0',
  classes,
  shape: [side, side, 1],
  needsFiles: true,
  examples: { train: 60_000, test: 10_000 },
};

export const mnist: Source = {
  description,
  files,
  async train(directory) {
    return {
      id: description.id,
      shape: description.shape,
      features: side * side,
      classes,
      classNames: Array.from({ length: classes }, (_, digit) => String(digit)),
      train: await readDigits(directory, trainImages, trainLabels),
      storedRange: [0, 1],
      standardisation: { mean: Float32Array.of(0.1307), sd: Float32Array.of(0.3081) },
      digest: digestOf(files),
    };
  },
  test: (directory) => readDigits(directory, testImages, testLabels),
};

async function readDigits(directory: string, images: DownloadableFile, labels: DownloadableFile): Promise<Examples> {
  const [imageBytes, labelBytes] = await Promise.all([
    readDataFile(directory, images),
    readDataFile(directory, labels),
  ]);
  return digitsOf(imageBytes, labelBytes, images.path, labels.path);
}

/** Digits from the content of an IDX file of images [count, 28, 28] and one of labels [count], views of both. */
export function digitsOf(
  imageBytes: Uint8Array,
  labelBytes: Uint8Array,
  imageName: string,
  labelName: string,
): Examples {
  const images = parseIdx(imageBytes, 3, imageName);
  const labels = parseIdx(labelBytes, 1, labelName);
  const [count = 0, height, width] = images.shape;
  if (height !== side || width !== side) {
    throw mismatch(imageName, `images of ${height} x ${width} pixels`, `${side} x ${side} pixels`);
  }
  if (labels.shape[0] !== count)
    throw mismatch(labelName, `${labels.shape[0]} labels`, `${count} labels, as there are images`);
  const bad = labels.values.findIndex((label) => label >= classes);
  if (bad >= 0)
    throw mismatch(labelName, `label ${labels.values[bad]} at position ${bad}`, `labels 0 to ${classes - 1}`);
  return { count, features: side * side, stored: images.values, labels: labels.values };
}

function mismatch(name: string, found: string, allowed: string): TheriacError {
  return new TheriacError(`The data file ${name} holds ${found}`, {
    code: 'DATA_LOSS',
    field: name,
    found,
    allowed,
    remedy: 'Restore it from its source.',
  });
}

function file(name: string, gzip: Fingerprint, plain: Fingerprint): DownloadableFile {
  const urls = mirrors.map((mirror) => ({ url: `${mirror}${name}.gz`, compressed: true }));
  return { path: `mnist/${name}`, gzip, plain, mirrors: urls };
}
