import { startBackend } from './backend';
import { nativeBackend } from './backends/native-binding';
import { compile, type Compiled, type TensorFunction } from './compile';
import { gradient, hessianVectorProduct, mixedProduct } from './differential';
import { liveTensors } from './memory-scope';
import { ops } from './ops';
import { packBytes } from './gather-bytes';
import { randomStream } from './random';
import { tf } from './tf';

const [b, d, hidden, c] = [12, 6, 5, 3] as const;
const sizes = [d * hidden, hidden, hidden * c, c];
const size = sizes.reduce((sum, n) => sum + n);

const random = randomStream(5, 'compile');
const filled = (n: number): Float32Array => {
  const values = new Float32Array(n);
  random.fillUniform(values, -1, 1);
  return values;
};

function loss(x: tf.Tensor2D, y: tf.Tensor2D, w: tf.Tensor1D): tf.Scalar {
  const [w1, b1, w2, b2] = tf.split(w, sizes) as [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
  const h = ops.tanh(ops.dense(x, tf.reshape(w1, [d, hidden]), b1));
  return ops.crossEntropy(y, ops.dense(h, tf.reshape(w2, [hidden, c]), b2));
}

type Data = [x: tf.Tensor2D, y: tf.Tensor2D, w: tf.Tensor1D, v: tf.Tensor1D];
const typed = (f: (...data: Data) => tf.Tensor[]): TensorFunction => f as TensorFunction;

const functions: Record<string, TensorFunction> = {
  'a gradient step': typed((x, y, w) => {
    const { value, gradient: g } = gradient((u) => loss(x, y, u), w);
    return [value, tf.sub(w, tf.mul(g, 0.1))];
  }),
  'a Hessian-vector product': typed((x, y, w, v) => [hessianVectorProduct((u) => loss(x, y, u), w, v)]),
  'a mixed product': typed((x, y, w, v) => [mixedProduct((data, u) => loss(data, y, u), x, w, v)]),
  'ten steps of conjugate gradients': typed((x, y, w, v) => {
    const product = (p: tf.Tensor1D): tf.Tensor1D =>
      tf.add(
        hessianVectorProduct((u) => loss(x, y, u), w, p),
        tf.mul(p, 2),
      );
    const inner = (a: tf.Tensor, e: tf.Tensor): tf.Scalar => tf.sum(tf.mul(a, e));
    let z: tf.Tensor1D = tf.zerosLike(v);
    let r: tf.Tensor1D = v;
    let p: tf.Tensor1D = v;
    for (let k = 0; k < 10; k++) {
      const hp = product(p);
      const rr = inner(r, r);
      const alpha = tf.div(rr, inner(p, hp));
      z = tf.add(z, tf.mul(p, alpha));
      r = tf.sub(r, tf.mul(hp, alpha));
      p = tf.add(r, tf.mul(p, tf.div(inner(r, r), rr)));
    }
    return [z, product(z)];
  }),
};

let data: Data;
const kept: tf.Tensor[] = [];
beforeAll(async () => {
  await startBackend({ prefer: 'tensorflow' });
  const labels = Int32Array.from({ length: b }, (_, i) => i % c);
  const y = tf.tidy(() => ops.oneHot(tf.tensor1d(labels, 'int32'), c));
  data = [tf.tensor2d(filled(b * d), [b, d]), y, tf.tensor1d(filled(size)), tf.tensor1d(filled(size))];
  kept.push(...data);
});
afterAll(() => tf.dispose(kept));

const valuesOf = (tensors: tf.Tensor[]): number[][] => {
  const values = tensors.map((tensor) => [...tensor.dataSync()]);
  tf.dispose(tensors);
  return values;
};

function using<T>(f: TensorFunction, examples: tf.Tensor[], use: (compiled: Compiled) => T): T {
  const compiled = compile(f, examples);
  try {
    return use(compiled);
  } finally {
    compiled.dispose();
  }
}

describe('compile, on tensorflow', () => {
  it.each(Object.entries(functions))('%s: the graph gives what eager execution gives, for other data too', (_, f) => {
    using(f, data, (graph) => {
      expect(graph.compiled).toBe(true);
      const others = [...data.slice(0, 2), tf.mul(data[2], 0.5), tf.mul(data[3], -2)] as Data;
      for (const inputs of [data, others]) {
        const eager = valuesOf(tf.tidy(() => f(...inputs)));
        valuesOf(graph(...inputs)).forEach((values, k) =>
          values.forEach((value, i) => expect(value).toBeCloseTo(eager[k]?.[i] as number, 5)),
        );
      }
      tf.dispose(others.slice(2));
    });
  });

  it('solves the system that conjugate gradients are for', () => {
    using(functions['ten steps of conjugate gradients'] as TensorFunction, data, (graph) => {
      const [, product] = valuesOf(graph(...data));
      const v = data[3].dataSync();
      product?.forEach((value, i) => expect(value).toBeCloseTo(v[i] as number, 3));
    });
  });

  it('leaves neither tensors nor native handles behind, compiling and calling', () => {
    const count = (): [number, number] => [liveTensors(), nativeBackend().binding.getNumOfTensors()];
    const f = functions['a gradient step'] as TensorFunction;
    using(f, data, (graph) => tf.dispose(graph(...data)));
    const before = count();
    for (let k = 0; k < 20; k++)
      using(f, data, (graph) => {
        for (let i = 0; i < 20; i++) tf.dispose(graph(...data));
      });
    expect(count()).toEqual(before);
  });

  it('keeps an input apart from another that is the same tensor in the example', () => {
    const [one, two] = [tf.tensor1d([1, 2]), tf.tensor1d([10, 20])];
    using(
      (p, q) => [tf.sub(p, q)],
      [one, one],
      (graph) => expect(valuesOf(graph(two, one))).toEqual([[9, 18]]),
    );
    tf.dispose([one, two]);
  });

  it('returns inputs, constants and one result twice as tensors of their own', () => {
    const x = tf.tensor1d([1, 2]);
    const f: TensorFunction = (p) => {
      const sum = tf.add(p, 1);
      return [p, sum, sum, tf.tensor1d([7])];
    };
    using(f, [x], (graph) => {
      const results = graph(x);
      results[0]?.dispose();
      results[1]?.dispose();
      expect([...x.dataSync()]).toEqual([1, 2]);
      expect(valuesOf(results.slice(2))).toEqual([[2, 3], [7]]);
    });
    x.dispose();
  });

  it('gathers rows and bytes by indices that are inputs', () => {
    const packed = packBytes(
      Uint8Array.from({ length: 12 }, (_, i) => 20 * i),
      4,
      3,
    );
    const rows = tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]);
    const [first, second] = [tf.tensor1d([0, 1], 'int32'), tf.tensor1d([3, 3], 'int32')];
    using(
      (p, r, i) => [
        ops.gatherBytes(p as tf.Tensor2D, i as tf.Tensor1D, 3),
        ops.gatherRows(r as tf.Tensor2D, i as tf.Tensor1D),
      ],
      [packed, rows, first],
      (graph) =>
        expect(valuesOf(graph(packed, rows, second))).toEqual([
          [180, 200, 220, 180, 200, 220],
          [7, 8, 7, 8],
        ]),
    );
    tf.dispose([packed, rows, first, second]);
  });

  it('takes int32 and bool tensors, and every kind of attribute', () => {
    const [x, mask] = [tf.tensor1d([3, 1, 2], 'int32'), tf.tensor1d([true, false, true], 'bool')];
    const f: TensorFunction = (p, m) => [
      tf.where(m, tf.cast(p, 'float32'), tf.scalar(-1)),
      tf.cast(tf.oneHot(p as tf.Tensor1D, 4), 'int32'),
      tf.cumsum(p, 0, true, true),
    ];
    using(f, [x, mask], (graph) => expect(valuesOf(graph(x, mask))).toEqual(valuesOf(tf.tidy(() => f(x, mask)))));
    tf.dispose([x, mask]);
  });
});

describe('what a graph cannot hold is refused', () => {
  const refusals: [what: string, f: (outside: tf.Tensor) => TensorFunction, message: RegExp][] = [
    ['a tensor made outside', (outside) => (x) => [tf.add(x, outside)], /made outside.*Pass it as an input/],
    ['reading values', () => (x) => [tf.scalar(x.dataSync()[0] as number)], /reads a tensor back/],
    [
      'tf.gather, which reads its indices',
      () => (x) => [tf.gather(x as tf.Tensor1D, tf.cast(x as tf.Tensor1D, 'int32'))],
      /ops\.gatherRows/,
    ],
  ];
  it.each(refusals)('%s', (_, f, message) => {
    const before = liveTensors();
    const x = tf.tensor1d([0, 1]);
    const fresh = tf.tensor1d([5, 6]); // not uploaded yet
    const used = tf.tensor1d([5, 6]);
    tf.dispose(tf.add(used, 1)); // uploaded
    for (const outside of [fresh, used]) expect(() => compile(f(outside), [x])).toThrow(message);
    // and the backend works as before
    expect(valuesOf([tf.add(x, used)])).toEqual([[5, 7]]);
    tf.dispose([x, fresh, used]);
    expect(liveTensors()).toBe(before);
  });

  it('inputs unlike the examples, gradients, and calls after dispose', () => {
    const [x, longer, integers] = [tf.tensor1d([1, 2]), tf.tensor1d([1, 2, 3]), tf.tensor1d([1, 2], 'int32')];
    const graph = compile((p) => [tf.square(p)], [x]);
    expect(() => graph(longer)).toThrow(/inputs\[0\] is "float32 \[3\]"; allowed: float32 \[2\]/);
    expect(() => graph(integers)).toThrow(/inputs\[0\] is "int32 \[2\]"/);
    expect(() => graph(x, x)).toThrow(/inputs\.length is 2; allowed: 1/);
    expect(() => gradient((u) => tf.sum(graph(u)[0] as tf.Tensor), x)).toThrow(/no gradient/);
    graph.dispose();
    graph.dispose();
    expect(() => graph(x)).toThrow(/disposed/);
    tf.dispose([x, longer, integers]);
  });
});
