import { defenceText, parseDefences } from './defence';
import type { DefenceDescription } from './defence';

const described = (id: string, options: DefenceDescription['options']): DefenceDescription => ({
  id,
  kind: 'sanitiser',
  summary: 'A defence.',
  source: 'this project',
  options,
});

const catalogue = [
  described('l2', [
    { name: 'share', type: 'number', description: 'Share.', minimum: 0, maximum: 1, default: 0.05 },
    {
      name: 'centroids',
      type: 'string',
      description: 'Of what.',
      choices: ['empirical', 'trusted'],
      default: 'empirical',
    },
  ]),
  described('prayer', []),
];

describe('a chain of defences', () => {
  it.each(['', 'none', ' none '])('is none for %j', (text) => {
    expect(parseDefences(text, catalogue)).toEqual([]);
    expect(defenceText([])).toBe('none');
  });

  it('keeps its order and fills in defaults', () => {
    expect(parseDefences(' prayer , l2:centroids=trusted', catalogue)).toEqual([
      { id: 'prayer', options: {} },
      { id: 'l2', options: { share: 0.05, centroids: 'trusted' } },
    ]);
  });

  it('has one text, whatever the user wrote, that comes to the same chain', () => {
    const texts = ['l2', 'l2:share=0.05', 'l2:centroids=empirical:share=5e-2'].map((text) =>
      defenceText(parseDefences(text, catalogue)),
    );
    expect(new Set(texts)).toEqual(new Set(['l2:share=0.05:centroids=empirical']));
    expect(defenceText(parseDefences(texts[0] as string, catalogue))).toBe(texts[0]);
  });

  it.each([
    ['l3', 'defence', /none, l2, prayer/],
    ['l2,', 'defence', /none, l2, prayer/],
    ['l2,l2:share=0.1', 'defence', /each defence once/],
    ['l2:share', 'defence', /id:option=value/],
    ['l2:zeal=1', 'defence.l2', /share, centroids/],
    ['prayer:zeal=1', 'defence.prayer', /no options at all/],
    ['l2:share=0.1:share=0.2', 'defence.l2', /each option once/],
    ['l2:share=2', 'defence.l2.share', /from 0 to 1/],
    ['l2:centroids=nobody', 'defence.l2.centroids', /empirical, trusted/],
  ])('%s is refused', (text, field, allowed) => {
    expect(() => parseDefences(text, catalogue)).toThrow(
      expect.objectContaining({
        detail: expect.objectContaining({
          code: 'INVALID_ARGUMENT',
          field,
          allowed: expect.stringMatching(allowed) as string,
        }) as object,
      }) as Error,
    );
  });
});
