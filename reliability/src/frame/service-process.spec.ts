import { connect as open } from 'node:net';
import { startServiceProcess } from './service-process';

describe('startServiceProcess', () => {
  it('starts a service that takes connections, and stops it', async () => {
    const trainer = await startServiceProcess('trainer', ['--backend', 'cpu']);
    const [host = '', port] = trainer.address.split(':');
    await new Promise<void>((resolve, reject) => {
      const socket = open(Number(port), host, () => resolve(void socket.destroy()));
      socket.once('error', reject);
    });
    await trainer.stop();
    expect(await trainer.ended).toBe(0);
  });

  it('says why a service did not start', async () => {
    await expect(startServiceProcess('evaluator', ['--backend', 'abacus'])).rejects.toThrow(/abacus/);
  });
});
