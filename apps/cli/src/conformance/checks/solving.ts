/** Solving with the Hessian, and steps along the gradient. */
import { Solver } from '@theriac/contract/trainer';
import type { DescendRequest, InverseHessianVectorProductRequest } from '@theriac/contract/trainer';
import { callUnary } from '@theriac/service-kit';
import { demand, NotOffered } from '../check';
import type { Check } from '../check';
import { near, nearNumber, relativeError, worst } from '../closeness';
import { floats, vector } from '../messages';
import { allRefused } from '../refusals';
import type { Wrong } from '../refusals';
import { chi, clean, inSession, requireOracle, rowsOf } from '../session';
import type { Session } from '../session';
import type { TrainerSubject } from '../subject';

const oracle = 'InverseHessianVectorProduct';
const endings = ['converged', 'budget', 'indefinite'];
/** How well a residual that is said agrees with the one that is found. */
const told = 0.02;
const damping = 0.1;

export const solvingChecks: readonly Check<TrainerSubject>[] = [
  {
    id: 'inverse.residual',
    promise: '(H + damping I) q = v: the residual that is said is that of the q that is sent, and it is small',
    async run(s) {
      requireOracle(s, oracle);
      requireOracle(s, 'HessianVectorProduct');
      const v = s.game.draw('v', s.game.size);
      return inSession(s, async (session) => {
        const found = await solve(s, session, { vector: v, damping, iterations: 300, tolerance: 1e-3 });
        demand(endings.includes(found.stopped), `it stopped by ${JSON.stringify(found.stopped)}`);
        const hq = await session.hessianVectorProduct(found.q, clean);
        const residual = relativeError(
          hq.map((value, k) => value + damping * found.q[k]!),
          v,
        );
        nearNumber('relative_residual', found.relativeResidual, residual, told, Math.max(residual, 0.01));
        demand(residual < 0.02, `after ${found.iterations} iterations the residual is ${residual.toExponential(1)}`);
        const few = await solve(s, session, { vector: v, damping, iterations: 2 });
        demand(few.iterations <= 2, `of 2 iterations it took ${few.iterations}`);
        demand(few.relativeResidual >= found.relativeResidual, 'more iterations leave a larger residual');
        return `residual ${residual.toExponential(1)} after ${found.iterations} iterations`;
      });
    },
  },
  {
    id: 'inverse.normal-equations',
    promise: 'H^2 q = H v: the residual that is said is ||H q - v|| / ||v||, and it falls where v = H u',
    async run(s) {
      requireOracle(s, oracle);
      requireOracle(s, 'HessianVectorProduct');
      return inSession(s, async (session) => {
        const v = await session.hessianVectorProduct(s.game.draw('u', s.game.size), clean);
        const solver = Solver.NORMAL_EQUATIONS;
        const [few, many] = [
          await solve(s, session, { vector: v, solver, iterations: 2 }),
          await solve(s, session, { vector: v, solver, iterations: 40 }),
        ];
        const residual = relativeError(await session.hessianVectorProduct(many.q, clean), v);
        nearNumber('relative_residual', many.relativeResidual, residual, told, Math.max(residual, 0.01));
        demand(many.relativeResidual < few.relativeResidual, 'more iterations leave a larger residual');
        demand(residual < 0.5, `after ${many.iterations} iterations the residual is ${residual.toExponential(1)}`);
        return `residual ${residual.toExponential(1)} after ${many.iterations} iterations`;
      });
    },
  },
  {
    id: 'inverse.refusals',
    promise: 'iterations, damping and tolerances out of their ranges are refused',
    async run(s) {
      requireOracle(s, oracle);
      const v = s.game.draw('v', s.game.size);
      return inSession(s, async (session) => {
        const wrong = (what: string, change: Partial<Solving>, field: string): Wrong => ({
          what,
          call: () => solve(s, session, { vector: v, iterations: 1, ...change }),
          status: 'INVALID_ARGUMENT',
          field,
        });
        return allRefused([
          wrong('too many iterations', { iterations: 10_001 }, 'iterations'),
          wrong('a negative damping', { damping: -1 }, 'damping'),
          wrong('a damping that is no number', { damping: NaN }, 'damping'),
          wrong('a negative tolerance', { tolerance: -1 }, 'tolerance'),
          wrong('an unknown solver', { solver: 77 as Solver }, 'solver'),
          wrong('a vector that is too short', { vector: v.slice(1) }, 'vector'),
        ]);
      });
    },
  },
  {
    id: 'descend.steps',
    promise: 'w - learning_rate g, as many times as asked; the new w stays, with its loss and gradient',
    async run(s) {
      requireOracle(s, 'Descend');
      const rate = 0.05;
      return inSession(s, async (session) => {
        let w = s.game.point('w');
        for (let k = 0; k < 3; k++) {
          await session.moveTo(w);
          const { gradient } = await session.gradient(chi);
          w = w.map((value, i) => value - rate * gradient[i]!);
        }
        await session.moveTo(s.game.point('w'));
        const found = await descend(s, session, { steps: 3, learningRate: rate });
        const left = await session.gradient(chi);
        const start = s.game.point('w');
        const moved = (to: Float32Array): Float32Array => to.map((value, i) => value - start[i]!);
        return worst(
          near('the step', moved(found.w), moved(w)),
          nearNumber('loss', found.loss, left.loss),
          nearNumber('gradient_norm', found.gradientNorm, left.norm),
        );
      });
    },
  },
  {
    id: 'descend.refusals',
    promise: 'no steps and step sizes that are none are refused; what diverges is ABORTED',
    async run(s) {
      requireOracle(s, 'Descend');
      return inSession(s, async (session) => {
        const before = await session.gradient(chi);
        const wrong = (
          what: string,
          steps: number,
          learningRate: number,
          field: string,
          status = 'INVALID_ARGUMENT',
        ) => ({
          what,
          call: () => descend(s, session, { steps, learningRate }),
          status,
          field,
        });
        const refused = await allRefused([
          wrong('no steps', 0, 0.1, 'steps'),
          wrong('too many steps', 100_001, 0.1, 'steps'),
          wrong('no step size', 1, 0, 'learning_rate'),
          wrong('a step size that is no number', 1, NaN, 'learning_rate'),
          wrong('a step beyond all numbers', 3, 1e60, 'learning_rate', 'ABORTED'),
        ]);
        demand((await session.gradient(chi)).loss === before.loss, 'a refused descent moved the session');
        return refused;
      });
    },
  },
  {
    id: 'oracles.absent',
    promise: 'an oracle that Describe does not name is refused',
    async run(s) {
      requireOracle(s);
      const { game, about, client, settings } = s;
      const v = await vector(s, 'vector', game.draw('v', game.size));
      return inSession(s, async ({ id: sessionId }) => {
        const over = rowsOf(clean);
        const calls: [string, () => Promise<unknown>][] = [
          [
            'HessianVectorProduct',
            () => callUnary(client, 'hessianVectorProduct', { sessionId, ...over, vector: v }, settings),
          ],
          [oracle, () => callUnary(client, 'inverseHessianVectorProduct', inverseRequest(sessionId, v, {}), settings)],
          [
            'PoisonVectorProduct',
            () => callUnary(client, 'poisonVectorProduct', { sessionId, vector: v, poisonRows: undefined }, settings),
          ],
          [
            'Descend',
            () => callUnary(client, 'descend', descendRequest(sessionId, { steps: 1, learningRate: 0.1 }), settings),
          ],
        ];
        const absent = calls.filter(([name]) => !about.oracles.includes(name));
        if (absent.length === 0) throw new NotOffered('all are named');
        return allRefused(
          absent.map(([what, call]) => ({ what, call, status: ['UNIMPLEMENTED', 'FAILED_PRECONDITION'] })),
        );
      });
    },
  },
];

interface Solving {
  readonly vector: Float32Array;
  readonly solver: Solver;
  readonly iterations: number;
  readonly damping: number;
  readonly tolerance: number;
}

function inverseRequest(
  sessionId: string,
  v: InverseHessianVectorProductRequest['vector'],
  { solver = Solver.CONJUGATE_GRADIENT, iterations = 1, damping: shift = 0, tolerance = 0 }: Partial<Solving>,
): InverseHessianVectorProductRequest {
  return { sessionId, ...rowsOf(clean), vector: v, solver, iterations, damping: shift, tolerance };
}

async function solve(
  s: TrainerSubject,
  { id }: Session,
  { vector: v, ...how }: Partial<Solving> & Pick<Solving, 'vector'>,
) {
  const request = inverseRequest(id, await vector(s, 'vector', v), how);
  const answer = await callUnary(s.client, 'inverseHessianVectorProduct', request, s.settings);
  return { ...answer, q: await floats(s, answer.product, 'product', s.game.size) };
}

type Descent = Pick<DescendRequest, 'steps' | 'learningRate'>;

const descendRequest = (sessionId: string, descent: Descent): DescendRequest => ({
  sessionId,
  ...rowsOf(chi),
  ...descent,
});

async function descend(s: TrainerSubject, { id }: Session, descent: Descent) {
  const answer = await callUnary(s.client, 'descend', descendRequest(id, descent), s.settings);
  return { ...answer, w: await floats(s, answer.parameters, 'parameters', s.game.size) };
}
