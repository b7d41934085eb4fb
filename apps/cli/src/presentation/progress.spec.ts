import { createReporter, lineReporter } from './progress';
import { silentReporter } from '../driver/reporter';

describe('lineReporter', () => {
  it('writes a line when a task begins and one every ten seconds', () => {
    const lines: string[] = [];
    let now = 0;
    const reporter = lineReporter(
      (line) => lines.push(line),
      () => now,
    );
    reporter.begin('train', 3, 12);
    for (now = 1; now <= 21; now++) reporter.progress(now / 40, { loss: 0.25, gradient_norm: 1e-6 });
    expect(lines).toEqual([
      '[ 3/12] train',
      '[ 3/12] train: 25%, loss 0.25, gradient norm 1.00e-6',
      '[ 3/12] train: 50%, loss 0.25, gradient norm 1.00e-6',
    ]);
  });
});

describe('createReporter', () => {
  const written: string[] = [];
  const stream = (isTTY: boolean) =>
    ({ isTTY, write: (text: string) => written.push(text) }) as unknown as NodeJS.WriteStream;

  it('is silent when asked to be, and beside a JSON document', () => {
    expect(createReporter({ quiet: true, json: false, stream: stream(true) })).toBe(silentReporter);
    expect(createReporter({ quiet: false, json: true, stream: stream(false) })).toBe(silentReporter);
  });

  it('writes lines where there is no terminal', () => {
    createReporter({ quiet: false, json: false, stream: stream(false) }).begin('craft', 1, 1);
    expect(written).toEqual(['[1/1] craft\n']);
  });
});
