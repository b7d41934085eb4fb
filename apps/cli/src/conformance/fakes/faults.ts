/** Faults that any service may have. Each says which check must fail. */
import type { TrainerServiceDescribeResponse } from '@theriac/contract/trainer';
import { DataType } from '@theriac/contract/tensor';
import type { TensorBundle } from '@theriac/contract/tensor';
import type { BlobStore } from '@theriac/service-kit';
import { invalid, TheriacError } from '@theriac/tensors';
import { answers, blobs, errors, requests } from './altered';
import type { Alteration } from './altered';

/** What is wrong, the check that finds it, and the service made so. */
export type Fault = readonly [what: string, check: string, alteration: Alteration];

type About = Pick<TrainerServiceDescribeResponse, 'contract' | 'limits' | 'datasets'>;

export const describeFaults: readonly Fault[] = [
  [
    'another contract',
    'describe.contract',
    answers<About>('describe', (about) => ({ ...about, contract: 'theriac.v2' })),
  ],
  ['no limits', 'describe.limits', answers<About>('describe', (about) => ({ ...about, limits: undefined }))],
];

/** Writers that do `change` with each chunk and end as `finish` does. */
const receiving = (
  take: (write: (chunk: Uint8Array) => void, chunk: Uint8Array) => void,
  finish: (own: () => Promise<Uint8Array>) => Promise<Uint8Array> = (own) => own(),
): Alteration =>
  blobs(({ receive }) => ({
    receive(ref) {
      const writer = receive(ref);
      return {
        get received() {
          return writer.received;
        },
        write: (chunk) => take((part) => writer.write(part), chunk),
        finish: () => finish(() => writer.finish()),
        abort: () => writer.abort(),
      };
    },
  }));

const reading = (
  change: (own: BlobStore['read'], ...asked: Parameters<BlobStore['read']>) => AsyncIterable<Uint8Array>,
): Alteration => blobs(({ read }) => ({ read: (...asked) => change(read, ...asked) }));

export const blobFaults: readonly Fault[] = [
  [
    'a byte that is lost at the end',
    'blobs.round-trip',
    reading(async function* (own, ref, offset) {
      for await (const chunk of own(ref, offset)) yield chunk.length > 1 ? chunk.subarray(0, -1) : chunk;
    }),
  ],
  [
    'chunks of half a kilobyte at least',
    'blobs.small-chunks',
    receiving((write, chunk) => (chunk.length < 500 ? undefined : write(chunk))),
  ],
  ['everything held', 'blobs.find', blobs(() => ({ has: () => true }))],
  ['offsets that are ignored', 'blobs.offset', reading((own, ref) => own(ref, 0))],
  [
    'a blob that can be stored once',
    'blobs.again',
    blobs(({ has, receive }) => ({
      has: () => false,
      receive(ref) {
        if (has(ref)) throw new TheriacError('it is there already', { code: 'FAILED_PRECONDITION' });
        return receive(ref);
      },
    })),
  ],
  [
    'content that is not verified',
    'blobs.wrong-content',
    receiving(
      (write, chunk) => write(chunk),
      (own) => own().catch(() => new Uint8Array()),
    ),
  ],
  [
    'nothing for a blob that is not held',
    'blobs.refusals',
    reading(async function* (own, ref, offset) {
      try {
        yield* own(ref, offset);
      } catch {
        yield new Uint8Array(1);
      }
    }),
  ],
];

/** What a method is sent in `field` as F64 is read as zeros, and what it refuses has no name. */
export const tensorFaults = (method: string, field: string): readonly Fault[] => [
  [
    'a type that is not read',
    'tensors.forms',
    requests<Readonly<Record<string, TensorBundle | undefined>>>(method, (request) => {
      const source = request[field]?.source;
      const tensor = source?.$case === 'inline' ? source.value.tensors[0] : undefined;
      if (tensor?.dataType !== DataType.F64) return request;
      const zeros = { ...tensor, data: Buffer.alloc(tensor.data.length) };
      return { ...request, [field]: { source: { $case: 'inline', value: { tensors: [zeros] } } } };
    }),
  ],
  ['refusals of tensors that name no field', 'tensors.refusals', nameless(method)],
];

/** Refusals of a method that say another status. */
export const otherStatus = (method: string, code: TheriacError['detail']['code']): Alteration =>
  errors(method, ({ detail }) => new TheriacError('it is wrong', { ...detail, code }));

/** Refusals of a method that name no field. */
export const nameless = (method: string): Alteration =>
  errors(method, () => invalid('', 'something', 'something else'));
