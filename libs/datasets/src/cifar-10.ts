/**
 * CIFAR-10: Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", technical report, University of Toronto, 2009.
 * The binary version, as the published archive, or unpacked from it. Images come as [32, 32, 3] rows in the published order.
 *
 * Copies are known by digest: the published one, and one of which 93 images were decoded from JPEGs. Another copy is taken,
 * with a notice, where its 60,000 labels are the published ones in the published order; its digest then tells runs apart.
 */
import { TheriacError } from '@theriac/tensors';
import { archiveName, findBatches, visitBatches } from './cifar-10-batches';
import type { Examples } from './dataset';
import type { DownloadableFile } from './download';
import { sha256 } from './integrity';
import { interleavePlanes } from './planes';
import type { Source } from './source';

const side = 32;
const pixels = side * side;
const features = 3 * pixels;
const record = 1 + features;
const perBatch = 10_000;
const classNames = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];
const trainBatches = [1, 2, 3, 4, 5].map((number) => `data_batch_${number}.bin`);
const testBatch = 'test_batch.bin';

/** sha256 of the labels, one byte each, in the published order. */
const trainLabelsDigest = '2b7cd2f24487317614016b72ffd53071c3062f592f0eb300c18a770d41ae1253';
const testLabelsDigest = 'cec8a24a1e92aa2ecaa0bbd3dbfa86bf6cd8759fbd209a832824c8cf0afca9d5';

/** sha256 of the batches 1 to 5 and of the test batch. */
const published = [
  'cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5',
  'a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed',
  'bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67',
  '014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48',
  '755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add',
  '8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b',
];
const partlyLossy = [
  '0def081c410489f98b3935c2d405fc7436d23377894a5d6a710ce1fad8082588',
  '4d0a9f6a8434c9b3b3de28d817dc3d360a3f82d86a14f3c7bf6d2d8fc64188e2',
  '1a4d0920ea06101641902b09fdac800cad7b5105963deee31ddff8e83fbabe6c',
  '20de2186179cc65bcf69a83ca83e90a40786cf2384963ee3419764ef9d41b7ff',
  'ce4b8267c2f77f8915b4299443568f52defe265996f0a8b7966b63b7adf6d4d2',
  '123ca0dad8f960344d9149742165d4215093c84c8c4bdc5922af93b614bdb501',
];

const archive: DownloadableFile = {
  path: archiveName,
  plain: { bytes: 170052171, sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd' },
  mirrors: [{ url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz', compressed: false }],
};

const description = {
  id: 'cifar-10',
  description: 'colour photographs of ten kinds of things, 32 x 32 pixels',
  source: 'Krizhevsky, Nair and Hinton, 2009',
  classes: classNames.length,
  shape: [side, side, 3],
  needsFiles: true,
  examples: { train: trainBatches.length * perBatch, test: perBatch },
};

export const cifar10: Source = {
  description,
  files: [archive],
  present: async (directory) => (await findBatches(directory, [...trainBatches, testBatch])) !== undefined,
  async train(directory, limit = description.examples.train) {
    const wanted = Math.ceil(limit / perBatch);
    const { digests, ...train } = await readBatches(directory, [...trainBatches, testBatch], wanted);
    const notice = noticeFor(digests);
    return {
      id: description.id,
      shape: description.shape,
      features,
      classes: classNames.length,
      classNames,
      train,
      storedRange: [0, 1],
      // As in the code that follows gradient canceling up: the deviation is the mean of those of single images. Over all pixels
      // it is (0.2470, 0.2435, 0.2616).
      standardisation: {
        mean: Float32Array.of(0.4914, 0.4822, 0.4465),
        sd: Float32Array.of(0.2023, 0.1994, 0.201),
      },
      digest: sha256(digests.map((digest, at) => `${digest}  ${[...trainBatches, testBatch][at]}\n`).join('')),
      ...(notice === undefined ? {} : { notice }),
    };
  },
  async test(directory) {
    const { digests: _, ...test } = await readBatches(directory, [testBatch], 1);
    return test;
  },
};

/**
 * The digests of all these batches, and the images of the first `wanted`. Refuses labels that are not the published ones. Where the test
 * batch is withheld, an empty file in its place, the training batches tell its digest: those of a copy that is known.
 */
async function readBatches(
  directory: string,
  names: readonly string[],
  wanted: number,
): Promise<Examples & { digests: string[] }> {
  const count = wanted * perBatch;
  const stored = new Uint8Array(count * features);
  const labels = new Uint8Array(names.length * perBatch);
  const digests = names.map(() => '');
  let withheld = false;
  await visitBatches(directory, names, (name, content) => {
    const at = names.indexOf(name);
    if (name === testBatch && content.length === 0 && at >= wanted) return void (withheld = true);
    if (content.length !== perBatch * record)
      throw damaged(name, `${content.length} bytes`, `${perBatch} records of ${record} bytes`);
    digests[at] = sha256(content);
    for (let row = 0; row < perBatch; row++) labels[at * perBatch + row] = content[row * record]!;
    if (at < wanted) interleavePlanes(content, { rows: perBatch, pixels, skip: 1 }, stored, at * perBatch);
  });
  if (withheld) digests[names.indexOf(testBatch)] = testDigestBeside(digests);
  checkLabels(withheld ? names.filter((name) => name !== testBatch) : names, labels);
  return { count, features, stored, labels: labels.slice(0, count), digests };
}

function testDigestBeside(digests: readonly string[]): string {
  const copy = [published, partlyLossy].find((known) => trainBatches.every((_, at) => known[at] === digests[at]));
  const digest = copy?.[trainBatches.length];
  if (digest === undefined)
    throw damaged(testBatch, 'withheld, beside training batches of an unknown copy', 'the test batch of that copy');
  return digest;
}

function checkLabels(names: readonly string[], labels: Uint8Array): void {
  const parts = [
    { of: trainBatches, expected: trainLabelsDigest },
    { of: [testBatch], expected: testLabelsDigest },
  ];
  for (const { of, expected } of parts) {
    const from = names.indexOf(of[0]!);
    if (from < 0) continue;
    const found = sha256(labels.subarray(from * perBatch, (from + of.length) * perBatch));
    if (found !== expected)
      throw damaged(of.join(', '), `labels with sha256 ${found}`, `the published labels in their order, ${expected}`);
  }
}

function noticeFor(digests: readonly string[]): string | undefined {
  if (digests.every((digest, at) => digest === published[at])) return undefined;
  if (digests.every((digest, at) => digest === partlyLossy[at]))
    return '93 of the 60,000 images of this copy of cifar-10 (88 ships and 5 horses) were decoded from JPEGs; all others are as published.';
  return 'This copy of cifar-10 is not known: labels and their order are the published ones, its pixels may differ.';
}

function damaged(name: string, found: string, allowed: string): TheriacError {
  return new TheriacError(`The data file ${name} of cifar-10 is not as published`, {
    code: 'DATA_LOSS',
    field: name,
    found,
    allowed,
    remedy: 'Restore it from its source.',
  });
}
