/** Sessions: what they hold, how they end, what they refuse. */
import { setTimeout as sleep } from 'node:timers/promises';
import { callUnary } from '@theriac/service-kit';
import { namedFloat32 } from '@theriac/tensors';
import { near, nearNumber, worst } from '../closeness';
import { demand } from '../check';
import type { Check } from '../check';
import { bundle, poisonMessage, vector } from '../messages';
import { allRefused } from '../refusals';
import type { Wrong } from '../refusals';
import { chi, clean, close, Distribution, inSession, nu, open, requireOracle, rowsOf, sessionOf } from '../session';
import type { Over } from '../session';
import type { TrainerSubject } from '../subject';

/** The lease that is tried, seconds, and how long the check is silent after it. */
const lease = 2;
const silence = 3;
/** Limits above this are taken at their word. */
const mostOpened = 64;

export const sessionChecks: readonly Check<TrainerSubject>[] = [
  {
    id: 'sessions.open',
    promise: 'OpenSession says the layout, how many rows there are, and the lease in force',
    async run(s) {
      requireOracle(s);
      const { game, about } = s;
      const opened = await open(s, { w: game.point('w'), poison: game.poison });
      await close(s, opened.sessionId);
      const { cleanCount, poisonCount, features, leaseSeconds } = opened;
      const counts = [cleanCount, poisonCount, features];
      const expected = [game.clean.count, game.poison.y.length, game.features];
      demand(
        String(counts) === String(expected),
        `clean, poison, features are ${String(counts)}, not ${String(expected)}`,
      );
      const views = opened.layout.map(({ name, shape, offset }) => `${name} [${shape.join(', ')}] at ${offset}`);
      const dense = [
        `weight [${game.features}, ${game.classes}] at 0`,
        `bias [${game.classes}] at ${game.features * game.classes}`,
      ];
      demand(String(views) === String(dense), `the layout is ${views.join(', ')}, not ${dense.join(', ')}`);
      const most = about.limits?.sessionLeaseSeconds ?? 0;
      demand(leaseSeconds > 0 && leaseSeconds <= most, `the lease is ${leaseSeconds} s, the limit ${most} s`);
      return `${counts.join(', ')}; lease ${leaseSeconds} s`;
    },
  },
  {
    id: 'sessions.close',
    promise: 'a session that is unknown or closed is NOT_FOUND in every method',
    async run(s) {
      requireOracle(s);
      const { sessionId } = await open(s, { w: s.game.point('w') });
      await close(s, sessionId);
      const v = await vector(s, 'vector', s.game.draw('v', s.game.size));
      const parameters = await vector(s, 'parameters', s.game.point('w'));
      const { client, settings } = s;
      const poison = await poisonMessage(s, s.game.poison);
      const calls = (id: string): [string, () => Promise<unknown>][] => [
        ['Gradient', () => callUnary(client, 'gradient', { sessionId: id, ...rowsOf(clean) }, settings)],
        [
          'HessianVectorProduct',
          () => callUnary(client, 'hessianVectorProduct', { sessionId: id, ...rowsOf(clean), vector: v }, settings),
        ],
        ['UpdateParameters', () => callUnary(client, 'updateParameters', { sessionId: id, parameters }, settings)],
        ['UpdatePoison', () => callUnary(client, 'updatePoison', { sessionId: id, poison }, settings)],
        ['CloseSession', () => close(s, id)],
      ];
      const wrong = (what: string, id: string): Wrong[] =>
        calls(id)
          .filter(([method]) => method !== 'HessianVectorProduct' || s.about.oracles.includes(method))
          .map(([method, call]) => ({ what: `${method} of ${what}`, call, status: 'NOT_FOUND', field: 'session_id' }));
      return allRefused([...wrong('a closed session', sessionId), ...wrong('an unknown session', 'nobody')]);
    },
  },
  {
    id: 'sessions.lease',
    promise: 'a session lives while it is used and ends when its lease runs out; no lease is above the limit',
    async run(s) {
      requireOracle(s);
      const { sessionId, leaseSeconds } = await open(s, { w: s.game.point('w'), leaseSeconds: lease });
      demand(leaseSeconds === lease, `asked for ${lease} s, the lease is ${leaseSeconds} s`);
      const session = sessionOf(s, sessionId);
      for (let calls = 0; calls < 5; calls++) {
        await sleep(500);
        await session.gradient(clean);
      }
      await sleep(1000 * silence);
      const over = 2 * (s.about.limits?.sessionLeaseSeconds ?? 0);
      return allRefused([
        {
          what: `after ${silence} s of silence`,
          call: () => session.gradient(clean),
          status: 'NOT_FOUND',
          field: 'session_id',
        },
        {
          what: 'a lease above the limit',
          call: () => open(s, { w: s.game.point('w'), leaseSeconds: over }),
          status: 'INVALID_ARGUMENT',
          field: 'lease_seconds',
        },
      ]);
    },
  },
  {
    id: 'sessions.limit',
    promise: 'more sessions than the limit are RESOURCE_EXHAUSTED; closing them makes room',
    async run(s) {
      requireOracle(s);
      const most = s.about.limits?.sessions ?? 0;
      demand(most >= 2, `the limit is ${most} sessions`);
      if (most > mostOpened) return `not tried: ${most} are allowed`;
      const opened: string[] = [];
      const w = s.game.point('w');
      const another = async (): Promise<void> => {
        opened.push((await open(s, { w })).sessionId);
      };
      try {
        const tooMany = async (): Promise<void> => {
          for (let k = 0; k <= most; k++) await another();
        };
        await allRefused([
          { what: `session ${most + 1}`, call: tooMany, status: 'RESOURCE_EXHAUSTED', field: 'sessions' },
        ]);
      } finally {
        for (const id of opened.splice(0)) await close(s, id);
      }
      await another();
      for (const id of opened) await close(s, id);
      return `${most} at a time`;
    },
  },
  {
    id: 'sessions.apart',
    promise: 'sessions do not touch each other; UpdateParameters and UpdatePoison act like a new session',
    async run(s) {
      requireOracle(s);
      const { game } = s;
      const [w, other] = [game.point('w'), game.point('another w')];
      const { x, y, base, placement } = game.poison;
      const half = Math.floor(y.length / 2);
      const some = { x: x.slice(0, half * game.features), y: y.slice(0, half), base: base.slice(0, half), placement };
      return inSession(s, async (first) => {
        const before = await first.gradient(chi);
        const [fresh, moved] = await inSession(
          s,
          async (second) => {
            const expected = await inSession(s, (third) => third.gradient(chi), { w: other, poison: some });
            await second.moveTo(other);
            const count = await second.replacePoison(some);
            demand(count === half, `UpdatePoison says ${count} rows, not ${half}`);
            return [expected, await second.gradient(chi)] as const;
          },
          { w },
        );
        const after = await first.gradient(chi);
        demand(before.loss === after.loss, 'what was done to one session changed another');
        return worst(
          near('g(chi; w) after both updates', moved.gradient, fresh.gradient),
          nearNumber('the loss', moved.loss, fresh.loss),
        );
      });
    },
  },
  {
    id: 'sessions.at-once',
    promise: 'calls that are made at once, in two sessions, get the answers that they get alone',
    async run(s) {
      requireOracle(s);
      const points = ['w', 'another w'].map((name) => s.game.point(name));
      return inSession(
        s,
        (first) =>
          inSession(
            s,
            async (second) => {
              const calls = [first, second].flatMap((session) =>
                [chi, clean, nu].flatMap((over) => [() => session.gradient(over), () => session.gradient(over)]),
              );
              const alone: { readonly gradient: Float32Array }[] = [];
              for (const call of calls) alone.push(await call());
              const together = await Promise.all(calls.map((call) => call()));
              return worst(...together.map(({ gradient }, k) => near(`call ${k}`, gradient, alone[k]!.gradient)));
            },
            { w: points[1]! },
          ),
        { w: points[0]! },
      );
    },
  },
  {
    id: 'sessions.refusals',
    promise: 'parameters, rows and vectors that do not fit are refused, naming the field',
    async run(s) {
      requireOracle(s);
      const { game, client, settings } = s;
      const w = game.point('w');
      const wrongW = w.slice();
      wrongW[5] = Infinity;
      const without = await open(s, { w });
      const ask =
        (over: Over, id = without.sessionId) =>
        () =>
          callUnary(client, 'gradient', { sessionId: id, ...rowsOf(over) }, settings);
      const beyond = { from: 0, to: game.clean.count + 1 };
      const opening = (parameters: Promise<Awaited<ReturnType<typeof vector>>>) => async () =>
        callUnary(
          client,
          'openSession',
          { game: game.spec, parameters: await parameters, poison: undefined, leaseSeconds: 0 },
          settings,
        );
      const square = namedFloat32('parameters', [1, w.length], w);
      try {
        return await allRefused([
          {
            what: 'too few parameters',
            call: opening(vector(s, 'parameters', w.slice(1))),
            status: 'INVALID_ARGUMENT',
            field: 'parameters',
          },
          {
            what: 'an infinite parameter',
            call: opening(vector(s, 'parameters', wrongW)),
            status: 'INVALID_ARGUMENT',
            field: 'parameters',
          },
          { what: 'parameters of two axes', call: opening(bundle(s, square)), status: 'INVALID_ARGUMENT' },
          {
            what: 'a tensor of another name',
            call: opening(vector(s, 'w', w)),
            status: 'INVALID_ARGUMENT',
            field: 'parameters',
          },
          {
            what: 'no distribution',
            call: ask({ distribution: Distribution.UNSPECIFIED }),
            status: 'INVALID_ARGUMENT',
            field: 'distribution',
          },
          { what: 'poison where there is none', call: ask(nu), status: 'FAILED_PRECONDITION', field: 'distribution' },
          {
            what: 'rows beyond the end',
            call: ask({ ...clean, cleanRows: beyond }),
            status: 'INVALID_ARGUMENT',
            field: 'clean_rows',
          },
          {
            what: 'no rows at all',
            call: ask({ ...clean, cleanRows: { from: 3, to: 3 } }),
            status: 'INVALID_ARGUMENT',
            field: 'clean_rows',
          },
          {
            what: 'poison rows of clean data',
            call: ask({ ...clean, poisonRows: { from: 0, to: 1 } }),
            status: 'INVALID_ARGUMENT',
            field: 'poison_rows',
          },
        ]);
      } finally {
        await close(s, without.sessionId);
      }
    },
  },
];
