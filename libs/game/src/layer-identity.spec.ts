import { randomStream } from '@theriac/tensors';
import { startBackend } from '@theriac/tensors/engine';
import { layerProducts } from './layer-identity';
import { createModel } from './models/registry';
import { createOracles } from './oracles';
import { entropies } from './reachability';

beforeAll(async () => {
  await startBackend();
});

describe('the identity of layers', () => {
  it.each([
    ['lr', [9, 8, 2], 1],
    ['nn-gc', [9, 8, 2], 2],
    ['nn-tgda', [9, 8, 2], 3],
    ['cnn-gc', [9, 8, 2], 4],
    ['cnn-tgda', [9, 8, 2], 3],
    ['cnn-cifar', [16, 18, 3], 5],
  ])('%s: a layer, bias included, weighs as much as the next weight, the last CE - H', (id, shape, layers) => {
    const model = createModel(id, shape, 4);
    const random = randomStream(5, id);
    // Larger than at first, so that predictions are far from uniform and CE - H far from 0.
    const w = model.initialise(random).map((value) => 3 * value);
    const x = Float32Array.from({ length: 12 * model.features }, () => random.normal());
    const rows = { x, y: Int32Array.from({ length: 12 }, (_, i) => i % 4), count: 12, features: model.features };
    const oracles = createOracles(model);
    const products = layerProducts(model, w, oracles.gradient(w, rows).gradient);
    const { crossEntropy, entropy } = entropies(oracles.logits(w, rows), rows.y, 4);
    oracles.dispose();
    expect(products).toHaveLength(layers);
    expect(products.at(-1)?.weightName).toBe(model.lastLayer.weight);
    expect(crossEntropy - entropy).toBeGreaterThan(0.1);
    products.forEach(({ weight, bias }, l) => {
      const next = products[l + 1]?.weight ?? crossEntropy - entropy;
      expect(Math.abs(weight + bias - next)).toBeLessThan(1e-4 * (Math.abs(next) + 1));
      expect(Math.abs(bias)).toBeGreaterThan(1e-6);
    });
  });

  it('is refused for a model with batch normalisation', () => {
    const model = createModel('resnet-18', [8, 8, 3], 2);
    expect(() => layerProducts(model, [], [])).toThrow(/game\.model is "resnet-18"/);
  });
});
