import type { RandomStream } from '@theriac/tensors';

/** What is done to a message: most of it near the beginning, where its structure is. */
type Mutation = (message: Buffer, random: RandomStream) => Buffer;

const below = (random: RandomStream, most: number): number => Math.floor(most * random.uniform());
const structure = 160;

function placeIn(message: Buffer, random: RandomStream): number {
  const within = random.uniform() < 0.7 ? Math.min(structure, message.length) : message.length;
  return below(random, Math.max(1, within));
}

const drawn = (random: RandomStream, length: number): Buffer =>
  Buffer.from(Uint8Array.from({ length }, () => 256 * random.uniform()));

/** Numbers at which readers of protobuf and of sizes go wrong, as varints. */
const telling = [
  'ffffffff07',
  'ffffffff0f',
  'ffffffffffffffff7f',
  'ffffffffffffffffff01',
  '80808080808080808080',
  '00',
].map((hex) => Buffer.from(hex, 'hex'));

const spliced = (message: Buffer, at: number, removed: number, added: Buffer): Buffer =>
  Buffer.concat([message.subarray(0, at), added, message.subarray(at + removed)]);

const mutations: readonly Mutation[] = [
  (message, random) => {
    const at = placeIn(message, random);
    if (message.length > 0) message[at]! ^= 1 << below(random, 8);
    return message;
  },
  (message, random) => spliced(message, placeIn(message, random), 1, drawn(random, 1)),
  (message, random) => spliced(message, placeIn(message, random), 0, drawn(random, 1 + below(random, 8))),
  (message, random) => spliced(message, placeIn(message, random), 1 + below(random, 16), Buffer.alloc(0)),
  (message, random) => message.subarray(0, placeIn(message, random)),
  (message, random) => {
    const at = placeIn(message, random);
    return spliced(message, at, 0, message.subarray(at, at + below(random, 64)));
  },
  (message, random) =>
    spliced(message, placeIn(message, random), below(random, 3), telling[below(random, telling.length)]!),
  (_, random) => drawn(random, below(random, 300)),
  // Groups and messages within each other, deeper than a reader should follow.
  (message, random) =>
    Buffer.concat([message, Buffer.alloc(below(random, 4000), random.uniform() < 0.5 ? 0x0b : 0x0a)]),
];

/** A message with one to three mutations. */
export function mutated(message: Buffer, random: RandomStream): Buffer {
  let made: Buffer = Buffer.from(message);
  for (let times = 1 + below(random, 3); times > 0; times--)
    made = mutations[below(random, mutations.length)]!(made, random);
  return made;
}
