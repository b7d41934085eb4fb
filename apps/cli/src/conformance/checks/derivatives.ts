/** The mathematics of a trainer's oracles: against differences, against each other, and against the closed form. */
import { regressionGradient, regressionHessianVectorProduct, regressionMixedProduct } from '@theriac/game';
import { dot } from '@theriac/tensors';
import { differenced, near, nearNumber, worst } from '../closeness';
import { demand } from '../check';
import type { Check } from '../check';
import { chi, clean, inSession, nu, requireOracle } from '../session';
import type { Over, Session } from '../session';
import type { TrainerSubject } from '../subject';

/** Share of ||w|| by which differences go to each side. */
const reach = 0.02;

export const derivativeChecks: readonly Check<TrainerSubject>[] = [
  {
    id: 'gradient.differences',
    promise: '<g, v> is the slope of the loss along v, on clean rows, poison and mixture',
    async run(s) {
      requireOracle(s);
      const { point, size, draw } = s.game;
      const [w, unit] = [point('w'), draw('v', size, 1 / Math.sqrt(size))];
      return inSession(s, async (session) => {
        const errors = [];
        for (const [name, over] of distributions) {
          await session.moveTo(w);
          const { gradient, norm } = await session.gradient(over);
          nearNumber(`${name}: norm`, norm, length(gradient));
          // Along g the slope is ||g||^2; a random direction besides shows what is missing from g.
          const along = gradient.map((value, k) => value + norm * unit[k]!);
          const slope = await difference(session, w, along, async () => (await session.gradient(over)).loss);
          errors.push(
            nearNumber(`${name}: slope of the loss`, slope, dot(gradient, along), differenced, norm * length(along)),
          );
        }
        return worst(...errors);
      });
    },
  },
  {
    id: 'gradient.closed-form',
    promise: 'loss and gradient of softmax regression on the rows that both sides know',
    async run(s) {
      requireOracle(s);
      const { game } = s;
      const w = game.point('w');
      return inSession(s, async (session) => {
        const errors = [];
        for (const [name, over, rows] of [
          ['clean', clean, game.clean],
          ['poison', nu, game.rowsOf(game.poison)],
        ] as const) {
          const found = await session.gradient(over);
          const expected = regressionGradient(w, rows, game.classes);
          errors.push(nearNumber(`${name}: loss`, found.loss, expected.loss));
          errors.push(near(`${name}: gradient`, found.gradient, expected.gradient));
        }
        return worst(...errors);
      });
    },
  },
  {
    id: 'gradient.mixture',
    promise: 'chi has n clean and m poison rows of equal weight: (n + m) g(chi) = n g(mu) + m g(nu)',
    async run(s) {
      requireOracle(s);
      const [n, m] = [s.game.clean.count, s.game.poison.y.length];
      return inSession(s, async (session) => {
        const [mu, own, all] = [await session.gradient(clean), await session.gradient(nu), await session.gradient(chi)];
        const mean = mu.gradient.map((value, k) => (n * value + m * own.gradient[k]!) / (n + m));
        const loss = (n * mu.loss + m * own.loss) / (n + m);
        return worst(near('g(chi)', all.gradient, mean), nearNumber('the loss on chi', all.loss, loss));
      });
    },
  },
  {
    id: 'gradient.rows',
    promise: 'a range takes the mean over its rows: parts make up the whole',
    async run(s) {
      requireOracle(s);
      const n = s.game.clean.count;
      const cut = Math.floor(n / 3);
      return inSession(s, async (session) => {
        const part = (from: number, to: number) => session.gradient({ ...clean, cleanRows: { from, to } });
        const [first, rest, all] = [await part(0, cut), await part(cut, n), await session.gradient(clean)];
        const mean = first.gradient.map((value, k) => (cut * value + (n - cut) * rest.gradient[k]!) / n);
        const some = { ...chi, cleanRows: { from: 0, to: 1 }, poisonRows: { from: 2, to: 5 } };
        const [mixed, one, three] = [
          await session.gradient(some),
          await part(0, 1),
          await session.gradient({ ...nu, poisonRows: { from: 2, to: 5 } }),
        ];
        return worst(
          near('the parts of mu', mean, all.gradient),
          nearNumber('the loss on one clean and three poison rows', mixed.loss, (one.loss + 3 * three.loss) / 4),
        );
      });
    },
  },
  {
    id: 'hessian.differences',
    promise: 'H v is the slope of the gradient along v',
    async run(s) {
      requireOracle(s, 'HessianVectorProduct');
      const { point, size, draw } = s.game;
      const [w, v] = [point('w'), draw('v', size)];
      return inSession(s, async (session) => {
        const errors = [];
        for (const [name, over] of distributions) {
          await session.moveTo(w);
          const product = await session.hessianVectorProduct(v, over);
          const slope = await differences(session, w, v, async () => (await session.gradient(over)).gradient);
          errors.push(near(`${name}: H v`, product, slope, differenced));
        }
        return worst(...errors);
      });
    },
  },
  {
    id: 'hessian.linear',
    promise: 'H (a u + b v) = a H u + b H v',
    async run(s) {
      requireOracle(s, 'HessianVectorProduct');
      const { size, draw } = s.game;
      const [u, v, a, b] = [draw('u', size), draw('v', size), 0.7, -1.6];
      return inSession(s, async (session) => {
        const [hu, hv] = [await session.hessianVectorProduct(u, chi), await session.hessianVectorProduct(v, chi)];
        const both = await session.hessianVectorProduct(
          u.map((value, k) => a * value + b * v[k]!),
          chi,
        );
        return worst(
          near(
            'H (a u + b v)',
            both,
            hu.map((value, k) => a * value + b * hv[k]!),
          ),
        );
      });
    },
  },
  {
    id: 'hessian.symmetric',
    promise: '<u, H v> = <v, H u>, and <v, H v> >= 0 where the loss is convex',
    async run(s) {
      requireOracle(s, 'HessianVectorProduct');
      const { size, draw } = s.game;
      const [u, v] = [draw('u', size), draw('v', size)];
      return inSession(s, async (session) => {
        const [hu, hv] = [await session.hessianVectorProduct(u, clean), await session.hessianVectorProduct(v, clean)];
        demand(dot(v, hv) >= 0, `<v, H v> is ${dot(v, hv)}`);
        return worst(nearNumber('<u, H v>', dot(u, hv), dot(v, hu), undefined, length(u) * length(hv)));
      });
    },
  },
  {
    id: 'hessian.closed-form',
    promise: 'H v of softmax regression on the rows that both sides know',
    async run(s) {
      requireOracle(s, 'HessianVectorProduct');
      const { game } = s;
      const [w, v] = [game.point('w'), game.draw('v', game.size)];
      return inSession(s, async (session) => {
        const expected = regressionHessianVectorProduct(w, v, game.clean, game.classes);
        return worst(near('H v', await session.hessianVectorProduct(v, clean), expected));
      });
    },
  },
  {
    id: 'mixed.differences',
    promise: '<d/dnu <g(nu; w), v>, d> is the slope of <g(nu; w), v> as the poison moves by d, in model-input units',
    async run(s) {
      requireOracle(s, 'PoisonVectorProduct');
      const { game } = s;
      const { poison } = game;
      const rows = game.rowsOf(poison);
      const v = game.draw('v', game.size);
      return inSession(s, async (session) => {
        const product = await session.poisonVectorProduct(v, rows.count);
        // As with the gradient: along the product, and a random direction besides.
        const scale = length(product) / Math.sqrt(product.length);
        const d = game.draw('d', product.length, scale).map((value, k) => value + product[k]!);
        const h = (reach * length(rows.x)) / length(d);
        const at = async (step: number): Promise<number> => {
          const x = game.toStored(rows.x.map((value, k) => value + step * d[k]!));
          await session.replacePoison({ ...poison, x });
          return dot((await session.gradient(nu)).gradient, v);
        };
        const slope = await slopeOf(at, h);
        return worst(nearNumber('the slope', slope, dot(product, d), differenced, length(product) * length(d)));
      });
    },
  },
  {
    id: 'mixed.rows',
    promise: 'a range of poison rows takes the mean over these rows only',
    async run(s) {
      requireOracle(s, 'PoisonVectorProduct');
      const { game } = s;
      const m = game.poison.y.length;
      const v = game.draw('v', game.size);
      return inSession(s, async (session) => {
        const [all, some] = [
          await session.poisonVectorProduct(v, m),
          await session.poisonVectorProduct(v, 4, { from: 1, to: 5 }),
        ];
        const expected = all.subarray(game.features, 5 * game.features).map((value) => (m / 4) * value);
        return worst(near('rows 1 to 4', some, expected));
      });
    },
  },
  {
    id: 'mixed.closed-form',
    promise: 'the mixed product of softmax regression on the rows that were sent',
    async run(s) {
      requireOracle(s, 'PoisonVectorProduct');
      const { game } = s;
      const v = game.draw('v', game.size);
      const rows = game.rowsOf(game.poison);
      return inSession(s, async (session) => {
        const expected = regressionMixedProduct(game.point('w'), v, rows, game.classes);
        return worst(near('the mixed product', await session.poisonVectorProduct(v, rows.count), expected));
      });
    },
  },
];

const distributions: readonly (readonly [string, Over])[] = [
  ['clean', clean],
  ['poison', nu],
  ['mixture', chi],
];

const length = (a: Float32Array): number => Math.sqrt(dot(a, a));

/** f'(0) by four values: the error is of fourth order in h. */
async function slopeOf(f: (step: number) => Promise<number>, h: number): Promise<number> {
  const [a, b, c, d] = [await f(h), await f(-h), await f(2 * h), await f(-2 * h)];
  return (8 * (a - b) - (c - d)) / (12 * h);
}

/** The slope of a number along v, at w. The session is left elsewhere. */
function difference(session: Session, w: Float32Array, v: Float32Array, read: () => Promise<number>): Promise<number> {
  return slopeOf(
    async (step) => {
      await session.moveTo(w.map((value, k) => value + step * v[k]!));
      return read();
    },
    (reach * length(w)) / length(v),
  );
}

/** The slope of a vector along v, at w. The session is left elsewhere. */
async function differences(
  session: Session,
  w: Float32Array,
  v: Float32Array,
  read: () => Promise<Float32Array>,
): Promise<Float64Array> {
  const h = (reach * length(w)) / length(v);
  const at = async (step: number): Promise<Float32Array> => {
    await session.moveTo(w.map((value, k) => value + step * v[k]!));
    return read();
  };
  const [a, b, c, d] = [await at(h), await at(-h), await at(2 * h), await at(-2 * h)];
  return Float64Array.from(a, (value, k) => (8 * (value - b[k]!) - (c[k]! - d[k]!)) / (12 * h));
}
