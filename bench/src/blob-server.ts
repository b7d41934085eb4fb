/** The other process of the blob benchmark: a blob store, and how long its event loop stood still. Started by fork(). */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { serve } from '@theriac/service-kit';

/** What the parent says: begin to watch, tell, end. */
export type Order = 'watch' | 'tell' | 'end';

/** What it hears: the address first, then answers to `tell`. */
export type Answer = { readonly address: string } | { readonly stallMs: number };

async function run(): Promise<void> {
  const answer = (text: Answer): void => void process.send?.(text);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const service = await serve({ role: 'bench', listen: '127.0.0.1:0', implement: () => [] });
  process.on('message', (order: Order) => {
    if (order === 'watch') {
      delay.enable();
      delay.reset();
    } else if (order === 'tell') {
      answer({ stallMs: delay.max / 1e6 });
    } else {
      void service.drain(0).then(() => process.exit(0));
    }
  });
  process.on('disconnect', () => process.exit(0));
  answer({ address: service.address });
}

void run();
