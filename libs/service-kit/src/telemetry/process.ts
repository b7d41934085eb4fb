import { monitorEventLoopDelay } from 'node:perf_hooks';
import { meter, observed } from './instruments';

const nanosecond = 1e-9;
const microsecond = 1e-6;

/** Tells of this process at every export: memory, processor time, delay of the main event loop since the last. Gives what ends it. */
export function observeProcess(): () => void {
  const resident = observed('residentMemory');
  const processor = observed('processorTime');
  const delayed = observed('eventLoopDelay');
  const longest = observed('longestEventLoopDelay');
  const delays = monitorEventLoopDelay({ resolution: 10 });
  delays.enable();
  meter().addBatchObservableCallback(
    (result) => {
      const { user, system } = process.cpuUsage();
      result.observe(resident, process.memoryUsage.rss());
      result.observe(processor, (user + system) * microsecond);
      result.observe(delayed, delays.percentile(99) * nanosecond);
      result.observe(longest, delays.max * nanosecond);
      delays.reset();
    },
    [resident, processor, delayed, longest],
  );
  return () => void delays.disable();
}
