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
    for (now = 1; now <= 21; now++)
      reporter.progress(now / 40, { steps_per_second: 12.345, loss: 0.25, gradient_norm: 1e-6 });
    // 40 s a task, and nine more of them.
    expect(lines).toEqual([
      '[ 3/12] train',
      '[ 3/12] train: 25%, 12.3 steps/s, ETA 6 min 30 s, loss 0.25, gradient norm 1.00e-6',
      '[ 3/12] train: 50%, 12.3 steps/s, ETA 6 min 20 s, loss 0.25, gradient norm 1.00e-6',
    ]);
  });

  it('says seconds a step where a step takes many, and neither pace nor ETA where they are not known', () => {
    const lines: string[] = [];
    let now = 0;
    const reporter = lineReporter(
      (line) => lines.push(line),
      () => now,
    );
    reporter.begin('train', 1, 1);
    now = 40;
    reporter.progress(0, { steps_per_second: 0.025 });
    now = 80;
    reporter.progress(0.5, {});
    expect(lines.slice(1)).toEqual(['[1/1] train: 0%, 40.0 s a step', '[1/1] train: 50%, ETA 1 min 20 s']);
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
