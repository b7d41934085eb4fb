import { requireOracles } from './trainer-at';

const tgda = { id: 'tgda', needs: ['gradient', 'hessian-vector', 'mixed'] } as const;
const everything = [
  'Gradient',
  'HessianVectorProduct',
  'InverseHessianVectorProduct',
  'PoisonVectorProduct',
  'Descend',
];

describe('what a trainer must answer for an attack', () => {
  it('is every method behind its needs', () => {
    expect(() => requireOracles('unix:/t', tgda, everything)).not.toThrow();
    expect(() => requireOracles('unix:/t', { id: 'label-flip', needs: [] }, [])).not.toThrow();
  });

  it('is named where it is missing', () => {
    expect(() => requireOracles('unix:/t', tgda, ['Gradient', 'Descend'])).toThrow(
      /unix:\/t does not answer what attack tgda asks/,
    );
    expect(() => requireOracles('unix:/t', { id: 'x', needs: ['mixed'] }, everything.slice(0, 3))).toThrow(
      expect.objectContaining({
        detail: expect.objectContaining({
          code: 'FAILED_PRECONDITION',
          field: 'follower',
          found: 'no PoisonVectorProduct',
        }) as unknown,
      }) as Error,
    );
  });
});
