import { encodeSafetensors, namedFloat32 } from '@theriac/tensors';
import { lastLayerNorm, lastLayerOf, reversed, scaledFile } from './last-layer';
import { parametersIn } from './parameter-distance';

// A net of 2 -> 2 -> 3: the last layer is fc2, behind which lie running statistics that nothing may touch.
const layout = [
  { name: 'fc1.weight', shape: [2, 2], offset: 0 },
  { name: 'fc1.bias', shape: [2], offset: 4 },
  { name: 'fc2.weight', shape: [2, 3], offset: 6 },
  { name: 'fc2.bias', shape: [3], offset: 12 },
  { name: 'bn.running_mean', shape: [2], offset: 15 },
];
const w = Float32Array.from([1, 2, 3, 4, 5, 6, 1, 2, 3, -1, 0, 4, 0.5, 0, -0.5, 7, 8]);
const layer = lastLayerOf(encodeSafetensors([namedFloat32('parameters', [17], w)]), layout);

it('scales the last layer and nothing else', () => {
  expect([...parametersIn(scaledFile(layer, 2))!]).toEqual([1, 2, 3, 4, 5, 6, 2, 4, 6, -2, 0, 8, 1, 0, -1, 7, 8]);
  expect(lastLayerNorm(layer)).toBeCloseTo(Math.hypot(1, 2, 3, 1, 4, 0.5, 0.5), 6);
});

it('turns every preference round, whatever is centred', () => {
  const turned = reversed(layer).parameters;
  expect([...turned.subarray(6, 15)]).toEqual([1, 0, -1, 2, 1, -3, -0.5, 0, 0.5]);
  expect([...turned.subarray(0, 6), ...turned.subarray(15)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

it('refuses parameters without a dense layer', () => {
  const conv = [{ name: 'conv.weight', shape: [3, 3, 1, 4], offset: 0 }];
  expect(() => lastLayerOf(encodeSafetensors([namedFloat32('parameters', [17], w)]), conv)).toThrow(
    /no last layer; found: conv.weight/,
  );
});
