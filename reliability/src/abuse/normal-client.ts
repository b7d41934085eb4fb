import { Distribution, TrainerServiceClient } from '@theriac/contract/trainer';
import { callUnary, connect } from '@theriac/service-kit';
import { TheriacError } from '@theriac/tensors';
import { setTimeout as sleep } from 'node:timers/promises';
import { drawnVector, smallGameSpec, smallPoison } from '../wire/small-game';

/** How a client fares. */
export interface Served {
  asked: number;
  failures: string[];
  slowestSeconds: number;
}

/** A client with a session of its own, which asks for a gradient a few times a second, each within the deadline, until it is stopped. */
export async function normalClient(address: string, deadlineSeconds: number): Promise<{ stop(): Promise<Served> }> {
  const client = connect(TrainerServiceClient, address, { attempts: 1 });
  const parameters = drawnVector('parameters', 1);
  const request = { game: smallGameSpec, parameters, poison: smallPoison, leaseSeconds: 60 };
  const { sessionId } = await callUnary(client, 'openSession', request, { deadlineSeconds: 60 });
  const asked = { sessionId, distribution: Distribution.MIXTURE, cleanRows: undefined, poisonRows: undefined };
  const served: Served = { asked: 0, failures: [], slowestSeconds: 0 };
  let going = true;
  const asking = (async () => {
    while (going) {
      const started = performance.now();
      served.asked++;
      try {
        await callUnary(client, 'gradient', asked, { deadlineSeconds });
      } catch (error) {
        served.failures.push(error instanceof TheriacError ? error.message : String(error));
      }
      served.slowestSeconds = Math.max(served.slowestSeconds, (performance.now() - started) / 1000);
      await sleep(200);
    }
  })();
  return {
    async stop() {
      going = false;
      await asking;
      client.close();
      return served;
    },
  };
}
