/** What every service says of itself. */
import { present, demand } from '../check';
import type { Check } from '../check';
import type { AnySubject } from '../subject';

const contract = 'theriac.v1';

export const describeChecks: readonly Check<AnySubject>[] = [
  {
    id: 'describe.contract',
    promise: `Describe names the contract ${contract} and the engine`,
    async run({ about }) {
      demand(about.contract === contract, `it names the contract ${JSON.stringify(about.contract)}`);
      const { name, device, version, threads } = present(about.backend, 'backend');
      demand(name !== '' && device !== '' && version !== '', 'backend has no name, device or version');
      demand(threads >= 1, `backend computes with ${threads} threads`);
      return `${name} ${version} on ${device}`;
    },
  },
  {
    id: 'describe.limits',
    promise: 'Describe says the limits in force',
    async run({ about }) {
      const limits = present(about.limits, 'limits');
      const { messageBytes, blobBytes, rank, sliceSeconds } = limits;
      demand(
        messageBytes >= 2 << 20,
        `message_bytes is ${messageBytes}: a chunk of 1 MiB and 1 MiB of tensors must pass`,
      );
      demand(blobBytes >= 1, `blob_bytes is ${blobBytes}`);
      demand(rank >= 2, `rank is ${rank}: poison has two axes`);
      demand(sliceSeconds > 0, `slice_seconds is ${sliceSeconds}`);
      return `slices of ${sliceSeconds} s, messages of ${messageBytes} bytes`;
    },
  },
  {
    id: 'describe.lists',
    promise: 'what Describe lists has names that differ',
    async run({ about }) {
      const lists = Object.entries(about).flatMap(([list, value]) =>
        Array.isArray(value) ? [[list, idsOf(value)] as const] : [],
      );
      for (const [list, ids] of lists) {
        demand(!ids.includes(''), `${list} has an entry without a name`);
        const twice = ids.find((id, at) => ids.indexOf(id) !== at);
        demand(twice === undefined, `${list} has ${twice} twice`);
      }
      return lists.map(([list, ids]) => `${ids.length} ${list}`).join(', ');
    },
  },
];

function idsOf(list: readonly unknown[]): string[] {
  return list.map((entry) =>
    typeof entry === 'object' && entry !== null && 'id' in entry ? String(entry.id) : String(entry),
  );
}
