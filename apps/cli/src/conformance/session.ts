/** Sessions of the small game on a trainer. */
import type { GradientResponse, OpenSessionResponse } from '@theriac/contract/trainer';
import { Distribution } from '@theriac/contract/trainer';
import { callUnary } from '@theriac/service-kit';
import { NotOffered } from './check';
import type { KnownPoison } from './known-game';
import { floats, poisonMessage, vector } from './messages';
import type { TrainerSubject } from './subject';

export { Distribution };

/** Throws NotOffered unless Describe names this oracle, and the model of the game. */
export function requireOracle({ about, game }: TrainerSubject, oracle = 'Gradient'): void {
  if (!about.oracles.includes(oracle)) throw new NotOffered(`${oracle} is not among the oracles`);
  if (!about.models.some(({ id }) => id === game.spec.model)) throw new NotOffered(`no model ${game.spec.model}`);
}

export interface Opening {
  readonly w: Float32Array;
  readonly poison?: KnownPoison | undefined;
  readonly leaseSeconds?: number;
}

/** Opens a session; the caller closes. */
export async function open(s: TrainerSubject, { w, poison, leaseSeconds = 0 }: Opening): Promise<OpenSessionResponse> {
  const rows = poison === undefined ? undefined : await poisonMessage(s, poison);
  const request = { game: s.game.spec, parameters: await vector(s, 'parameters', w), poison: rows, leaseSeconds };
  return callUnary(s.client, 'openSession', request, s.settings);
}

export async function close(s: TrainerSubject, sessionId: string): Promise<void> {
  await callUnary(s.client, 'closeSession', { sessionId }, s.settings);
}

/** Runs `work` in a session at a point, with the poison of the game, and closes it. */
export async function inSession<T>(
  s: TrainerSubject,
  work: (session: Session) => Promise<T>,
  { w = s.game.point('w'), poison = s.game.poison }: Partial<Opening> = {},
): Promise<T> {
  const opened = await open(s, { w, poison });
  try {
    return await work(sessionOf(s, opened.sessionId));
  } finally {
    await close(s, opened.sessionId);
  }
}

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Which rows a mean is taken over. */
export interface Over {
  readonly distribution: Distribution;
  readonly cleanRows?: Range | undefined;
  readonly poisonRows?: Range | undefined;
}

/** The oracles of one session, in plain numbers. */
export interface Session {
  readonly id: string;
  gradient(over: Over): Promise<{ readonly loss: number; readonly norm: number; readonly gradient: Float32Array }>;
  hessianVectorProduct(v: Float32Array, over: Over): Promise<Float32Array>;
  /** [m * features]. */
  poisonVectorProduct(v: Float32Array, rows: number, poisonRows?: Range): Promise<Float32Array>;
  moveTo(w: Float32Array): Promise<void>;
  replacePoison(poison: KnownPoison): Promise<number>;
}

export const clean: Over = { distribution: Distribution.CLEAN };
export const nu: Over = { distribution: Distribution.POISON };
export const chi: Over = { distribution: Distribution.MIXTURE };

/** The fields of a request that say which rows. */
export const rowsOf = ({ distribution, cleanRows, poisonRows }: Over) => ({ distribution, cleanRows, poisonRows });

export function sessionOf(s: TrainerSubject, sessionId: string): Session {
  const { client, settings, game } = s;
  return {
    id: sessionId,
    async gradient(over) {
      const answer: GradientResponse = await callUnary(client, 'gradient', { sessionId, ...rowsOf(over) }, settings);
      const gradient = await floats(s, answer.gradient, 'gradient', game.size);
      return { loss: answer.loss, norm: answer.norm, gradient };
    },
    async hessianVectorProduct(v, over) {
      const request = { sessionId, ...rowsOf(over), vector: await vector(s, 'vector', v) };
      const { product } = await callUnary(client, 'hessianVectorProduct', request, settings);
      return floats(s, product, 'product', game.size);
    },
    async poisonVectorProduct(v, rows, poisonRows) {
      const request = { sessionId, vector: await vector(s, 'vector', v), poisonRows };
      const { product } = await callUnary(client, 'poisonVectorProduct', request, settings);
      return floats(s, product, 'product', rows, game.features);
    },
    async moveTo(w) {
      const parameters = await vector(s, 'parameters', w);
      await callUnary(client, 'updateParameters', { sessionId, parameters }, settings);
    },
    async replacePoison(poison) {
      const message = await poisonMessage(s, poison);
      return (await callUnary(client, 'updatePoison', { sessionId, poison: message }, settings)).poisonCount;
    },
  };
}
