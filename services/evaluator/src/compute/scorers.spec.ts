import { keepScorer } from './scorers';
import type { HeldScorer } from './scorers';

function setting() {
  const log: string[] = [];
  const make = (name: string) => async (): Promise<HeldScorer> => {
    log.push(`make ${name}`);
    const score = () => Promise.reject(new Error('not here'));
    return { scorer: { score, dispose: () => void log.push(`dispose ${name}`) }, testCount: 1 };
  };
  return { log, make, scorers: keepScorer() };
}
const nothing = async () => {};

describe('the scorer kept', () => {
  it('is that of the game last scored', async () => {
    const { log, make, scorers } = setting();
    await scorers('a', make('a'), nothing);
    await scorers('a', make('a'), nothing);
    await scorers('b', make('b'), nothing);
    expect(log).toEqual(['make a', 'make b', 'dispose a']);
  });

  it('stays while it is in use', async () => {
    const { log, make, scorers } = setting();
    let end = () => {};
    const using = scorers('a', make('a'), () => new Promise<void>((done) => (end = done)));
    await scorers('b', make('b'), nothing);
    expect(log).toEqual(['make a', 'make b']);
    end();
    await using;
    expect(log).toEqual(['make a', 'make b', 'dispose a']);
  });

  it('is made again where it failed', async () => {
    const { log, make, scorers } = setting();
    await expect(scorers('a', () => Promise.reject(new Error('no data')), nothing)).rejects.toThrow('no data');
    await scorers('a', make('a'), nothing);
    expect(log).toEqual(['make a']);
  });
});
