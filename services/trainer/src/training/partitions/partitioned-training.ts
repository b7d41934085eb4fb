/**
 * Deep partition aggregation (Levine, Feizi, ICLR 2021): chi in k parts by the content of its rows, a model of its own for each, and a
 * majority vote of the k. A row more or less changes one part, hence one vote. Members are trained one after the other; what a
 * member depends on are its part, its number and the seed. A part without rows leaves its member as initialised.
 */
import type { PlainState } from '@theriac/game';
import { gatheredRows } from '@theriac/game';
import { invalid, randomStream } from '@theriac/tensors';
import type { MeasuredTraining } from '../measured-training';
import type { PrivacyGuarantee } from '../privacy/guarantee';
import type { Trained, TrainingTask } from '../training';
import { trainingData } from '../training-data';
import { partitionRows } from './partition';

/** What is known of the members that are through. */
interface Tally {
  /** Sums over their rows: of losses, and of rows that their own member classifies rightly. */
  readonly lossSum: number;
  readonly rightSum: number;
  /** The largest of the members. */
  readonly gradientNorm: number;
  readonly stopped: Trained['stopped'];
}

interface Member {
  readonly rows: number;
  /** Undefined for a part without rows. */
  readonly training: MeasuredTraining | undefined;
  dispose(): void;
}

/**
 * Training of `parts` members, each as `single` trains; `guarantee` tells how private that is for a number of rows. Loss and accuracy
 * of the result are those of members on their own parts, the gradient's norm the largest of the members. Throws INVALID_ARGUMENT
 * where there are more parts than rows. The caller disposes.
 */
export function partitionedTraining(
  parts: number,
  task: TrainingTask,
  single: (task: TrainingTask) => MeasuredTraining,
  guarantee?: (rows: number) => PrivacyGuarantee,
): MeasuredTraining {
  const { data, model } = task;
  const p = model.layout.size;
  if (parts > data.rows.count)
    throw invalid(
      'defence.dpa.k',
      parts,
      `1 to ${data.rows.count}, the rows that are trained on`,
      'Ask for fewer parts.',
    );
  let partition: Int32Array[] | undefined;
  let held: { readonly index: number; readonly member: Member } | undefined;
  const rowsOf = (): Int32Array[] => (partition ??= partitionRows(data.rows, parts));
  const seedOf = (index: number): number => randomStream(task.seed, 'partition', index).integer(0x100000000);

  function memberAt(index: number): Member {
    if (held?.index === index) return held.member;
    held?.member.dispose();
    held = { index, member: makeMember(index) };
    return held.member;
  }

  function makeMember(index: number): Member {
    const rows = rowsOf()[index]!;
    if (rows.length === 0) return { rows: 0, training: undefined, dispose: () => undefined };
    const own = trainingData(gatheredRows(data.rows, rows), undefined, data.image);
    const training = single({ ...task, data: own, seed: seedOf(index), keepEpochs: 1 });
    return {
      rows: rows.length,
      training,
      dispose() {
        training.dispose();
        own.dispose();
      },
    };
  }

  /** The state in which member `index` is about to begin, after those of `done`; members without rows are passed over. */
  function begun(index: number, before: number, done: Float32Array, tally: Tally): PlainState {
    let all = done;
    let next = index;
    while (next < parts && memberAt(next).training === undefined) {
      all = appended(all, model.initialise(randomStream(seedOf(next), 'initialisation')));
      next += 1;
    }
    const head = { member: next, memberStepsBefore: before };
    if (next === parts) return stateOf(head, { step: 0, of: 0, done: true, scalars: {}, arrays: {} }, all, tally);
    return stateOf(head, memberAt(next).training!.start(), all, tally);
  }

  interface Head {
    readonly member: number;
    readonly memberStepsBefore: number;
  }

  function stateOf(head: Head, inner: PlainState, done: Float32Array, tally: Tally): PlainState {
    const left = Math.max(0, parts - head.member);
    return {
      step: head.memberStepsBefore + inner.step,
      // The parts that are left are about as large as this one.
      of: head.memberStepsBefore + inner.of * Math.max(1, left),
      done: head.member === parts,
      scalars: { ...prefixed(inner.scalars), ...head, ...tally },
      arrays: { ...Object.fromEntries(Object.entries(inner.arrays).map(([name, a]) => [`own.${name}`, a])), done },
    };
  }

  function read(state: PlainState) {
    const { member, memberStepsBefore, lossSum, rightSum, gradientNorm, stopped, ...scalars } = state.scalars;
    const { done, ...arrays } = state.arrays;
    const left = Math.max(1, parts - (member as number));
    const inner: PlainState = {
      step: state.step - (memberStepsBefore as number),
      of: Math.round((state.of - (memberStepsBefore as number)) / left),
      done: false,
      scalars: unprefixed(scalars),
      arrays: Object.fromEntries(Object.entries(arrays).map(([name, a]) => [name.slice(4), a])),
    };
    const tally = { lossSum, rightSum, gradientNorm, stopped } as unknown as Tally;
    return { head: { member, memberStepsBefore } as Head, done: done as Float32Array, inner, tally };
  }

  return {
    start: () => begun(0, 0, new Float32Array(0), { lossSum: 0, rightSum: 0, gradientNorm: 0, stopped: 'epochs' }),
    step(state) {
      const { head, done, inner, tally } = read(state);
      const { rows, training } = memberAt(head.member);
      const own = training!;
      const next = own.step(inner);
      if (!next.done) return stateOf(head, next, done, tally);
      const found = own.result(next);
      return begun(head.member + 1, head.memberStepsBefore + next.step, appended(done, found.parameters), {
        lossSum: tally.lossSum + rows * found.loss,
        rightSum: tally.rightSum + rows * found.accuracy,
        gradientNorm: Math.max(tally.gradientNorm, found.gradientNorm),
        stopped: found.stopped,
      });
    },
    metrics(state) {
      const { head, inner } = read(state);
      return { ...(state.done ? {} : memberAt(head.member).training!.metrics(inner)), member: head.member };
    },
    result(state) {
      const { done, tally } = read(state);
      const sizes = rowsOf().map(({ length }) => length);
      const costs = guarantee === undefined ? [] : sizes.filter((size) => size > 0).map(guarantee);
      // Parts do not share rows: together they are as private as the least private of them.
      const privacy = costs.reduce<PrivacyGuarantee | undefined>(
        (worst, one) => (worst !== undefined && (worst.epsilon ?? Infinity) >= (one.epsilon ?? Infinity) ? worst : one),
        undefined,
      );
      return {
        parameters: done,
        kept: done,
        keptCount: done.length / p,
        members: parts,
        stopped: tally.stopped,
        loss: tally.lossSum / data.rows.count,
        accuracy: tally.rightSum / data.rows.count,
        gradientNorm: tally.gradientNorm,
        ...(privacy === undefined ? {} : { privacy }),
      };
    },
    dispose() {
      held?.member.dispose();
      held = undefined;
    },
  };
}

const prefixed = (scalars: PlainState['scalars']): PlainState['scalars'] =>
  Object.fromEntries(Object.entries(scalars).map(([name, value]) => [`own.${name}`, value]));

const unprefixed = (scalars: PlainState['scalars']): PlainState['scalars'] =>
  Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name.slice(4), value]));

function appended(first: Float32Array, second: Float32Array): Float32Array {
  const all = new Float32Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}
