import { count, recordSpan, recordValue, setGauge } from '@theriac/service-kit';
import type { ComputeItem, SpanName } from '@theriac/service-kit';
import type { SliceOutput, SliceProgress } from '../slice';

/**
 * The items of a slice as they come, seen: between two reports one span called `span` with the step reached, the steps taken,
 * and the loss and residual after them. A trace can thus be read while the slice runs.
 */
export async function* observed<Outcome>(
  items: AsyncIterable<ComputeItem<SliceProgress, SliceOutput<Outcome>>>,
  span: SpanName,
  work: string,
): AsyncGenerator<ComputeItem<SliceProgress, SliceOutput<Outcome>>, void, undefined> {
  let since = Date.now();
  let before = 0;
  for await (const item of items) {
    const { step, of, taken, metrics } = item.kind === 'event' ? item.event : item.output;
    const now = Date.now();
    const steps = taken - before;
    recordSpan(span, since, { 'theriac.step': step, 'theriac.steps': of, 'theriac.work': work }, now);
    count('steps', steps, { 'theriac.work': work });
    if (steps > 0) recordValue('stepDuration', (now - since) / 1000 / steps, { 'theriac.work': work });
    const told = { loss: metrics['loss'], residual: residualOf(metrics) };
    for (const name of ['loss', 'residual'] as const) {
      const value = told[name];
      if (value !== undefined && Number.isFinite(value)) setGauge(name, value, { 'theriac.work': work });
    }
    [since, before] = [now, taken];
    yield item;
  }
}

/** Norm of g(chi; w): what an attack has left of it, or where a defender that trains to convergence stands. */
function residualOf(metrics: Readonly<Record<string, number>>): number | undefined {
  const { residualBefore, residualAfter, residualRelative = 1, gradient_norm: gradientNorm } = metrics;
  return residualAfter ?? (residualBefore === undefined ? gradientNorm : residualBefore * residualRelative);
}
