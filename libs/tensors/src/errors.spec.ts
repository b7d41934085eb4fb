import { invalid, TheriacError } from './errors';

describe('TheriacError', () => {
  it('reads as one line with found, allowed and remedy', () => {
    const error = new TheriacError('The data file mnist/a.gz was changed', {
      code: 'DATA_LOSS',
      field: 'mnist/a.gz',
      found: 'sha256 00ff',
      allowed: 'sha256 1234',
      remedy: 'Delete it\nand download again.',
    });
    expect(error.message).toBe(
      'The data file mnist/a.gz was changed; found: sha256 00ff; allowed: sha256 1234. Delete it and download again.',
    );
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('TheriacError');
    expect(error.detail.code).toBe('DATA_LOSS');
  });

  it('does not repeat what the sentence already says', () => {
    const error = new TheriacError('port 80 is taken.', { code: 'UNAVAILABLE', found: 'port 80' });
    expect(error.message).toBe('port 80 is taken.');
  });
});

describe('invalid', () => {
  it('names field, found, allowed and remedy', () => {
    const error = invalid('poison_fraction', -1, 'a number >= 0', 'Give 0 for plain training.');
    expect(error.message).toBe('poison_fraction is -1; allowed: a number >= 0. Give 0 for plain training.');
    expect(error.detail).toEqual({
      code: 'INVALID_ARGUMENT',
      field: 'poison_fraction',
      found: '-1',
      allowed: 'a number >= 0',
      remedy: 'Give 0 for plain training.',
    });
  });

  it.each([
    [undefined, 'model is missing; allowed: lr.'],
    [Number.NaN, 'model is NaN; allowed: lr.'],
    ['svm', 'model is "svm"; allowed: lr.'],
    [[1, 2], 'model is [1,2]; allowed: lr.'],
    [10n, 'model is 10; allowed: lr.'],
  ])('shows %p', (found, message) => {
    expect(invalid('model', found, 'lr').message).toBe(message);
  });

  it('shortens what is long', () => {
    expect(invalid('model', 'x'.repeat(10_000), 'lr').message.length).toBeLessThan(200);
  });
});
