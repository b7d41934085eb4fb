/** What `theriac datasets` prints. */
import { canonicalJson } from '@theriac/game';
import { textTable } from '../presentation/table';
import { dataStates } from './data-files';

const ownData = `
Your own: --dataset path:FOLDER_OR_FILE. Images in class folders (or in a .zip or .tar.gz of them), with or without train/ and
test/; .npz or .npy arrays x and y, or x_train, y_train, x_test, y_test; a .csv table of numbers with a column "label".
`;

/** Lists the data sets with size, shape and whether their files are here. */
export async function datasetsVerb(json: boolean): Promise<void> {
  const states = await dataStates();
  if (json) {
    process.stdout.write(canonicalJson(states));
    return;
  }
  const right = { align: 'right' as const };
  const table = textTable(
    [
      { title: 'id' },
      { title: 'train', ...right },
      { title: 'test', ...right },
      { title: 'classes', ...right },
      { title: 'shape' },
      { title: 'files' },
      { title: 'description' },
    ],
    states.map(({ id, examples, classes, shape, needsFiles, state, description }) => [
      id,
      String(examples.train),
      String(examples.test),
      String(classes),
      shape.join('x'),
      needsFiles ? state : 'none needed',
      description,
    ]),
  );
  const faults = states.filter(({ state }) => state === 'damaged').map(({ why }) => `! ${why}\n`);
  process.stdout.write(`${table}\n${faults.join('')}${ownData}`);
}
