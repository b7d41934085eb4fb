import * as surface from './index';

jest.mock('@tensorflow/tfjs', () => {
  throw new Error('TensorFlow.js was loaded');
});

describe('@theriac/tensors', () => {
  it('is usable without TensorFlow.js', () => {
    expect(surface.transitionConstant(10)).toBeCloseTo(1.101003, 6);
    expect(() => jest.requireActual<object>('./engine')).toThrow('TensorFlow.js was loaded');
  });
});
