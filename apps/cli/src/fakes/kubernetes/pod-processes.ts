/** Runs a pod of a sweep as processes of this machine: each container with its variables, its volumes as folders. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { V1Container } from '@kubernetes/client-node';
import { roles } from '../../driver/players';
import { entryOf } from '../../embedded/child-service';
import { theriac } from '../built-command';
import type { PodOutcome, PodTask } from './job-controller';

export interface Machine {
  /** Where volumes lie. */
  readonly folder: string;
  /** Content of a ConfigMap. */
  configMap(namespace: string, name: string): Readonly<Record<string, string>>;
  /** What is done to a pod while its driver runs: called once, with the folder of its runs. */
  disturb?(task: PodTask, driver: ChildProcess, runs: string): Promise<'evicted' | undefined>;
}

let pods = 0;

export async function runAsProcesses(task: PodTask, machine: Machine): Promise<PodOutcome> {
  const folder = join(machine.folder, `p${pods++}`);
  const volumes = new Map(
    (task.spec.volumes ?? []).map((volume) => {
      const claim = volume.persistentVolumeClaim?.claimName;
      const path = claim === undefined ? join(folder, volume.name) : join(machine.folder, claim);
      mkdirSync(path, { recursive: true });
      const content =
        volume.configMap?.name === undefined ? {} : machine.configMap(task.namespace, volume.configMap.name);
      for (const [name, text] of Object.entries(content)) writeFileSync(join(path, name), text);
      return [volume.name, path];
    }),
  );
  const started: ChildProcess[] = [];
  const start = (container: V1Container, command: readonly string[], more: NodeJS.ProcessEnv): ChildProcess => {
    const inside = placeOf(container, volumes);
    const own = (container.env ?? []).map(({ name, value = '' }): [string, string] => [name, inside(value)]);
    const child = spawn(process.execPath, [...command, ...(container.args ?? []).map(inside)], {
      env: { PATH: process.env['PATH'], ...Object.fromEntries(own), TMPDIR: inside('/tmp'), ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    started.push(child);
    return child;
  };
  async function startService(container: V1Container): Promise<void> {
    const role = roles.find((one) => one === container.name);
    if (role === undefined) throw new Error(`no image for ${container.name}`);
    // Pods have ports of their own; here all share those of the machine.
    const service = start(container, [entryOf(role)], { THERIAC_HEALTH_LISTEN: '127.0.0.1:0' });
    let words = '';
    service.stdout?.resume();
    service.stderr?.on('data', (text: Buffer) => (words = text.toString()));
    const socket = placeOf(container, volumes)(`/run/theriac/${role}/${role}.sock`);
    while (!existsSync(socket) && !task.signal.aborted) {
      if (service.exitCode !== null) throw new Error(`${role}: ${words}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  const end = (): void => started.forEach((child) => child.kill('SIGKILL'));
  task.signal.addEventListener('abort', end, { once: true });
  try {
    await Promise.all((task.spec.initContainers ?? []).map(startService));
    const [container] = task.spec.containers;
    if (container === undefined) throw new Error('no driver');
    const driver = start(container, [theriac], { JOB_COMPLETION_INDEX: String(task.index) });
    let log = '';
    for (const stream of [driver.stdout, driver.stderr]) stream?.on('data', (text: Buffer) => (log += text.toString()));
    const disturbed = machine.disturb?.(task, driver, placeOf(container, volumes)('/runs'));
    const [code, signal] = (await once(driver, 'close')) as [number | null, string | null];
    if ((await disturbed) === 'evicted')
      return { kind: 'disrupted', reason: 'PreemptionByScheduler', message: 'preempted by a pod of higher priority' };
    return { kind: 'exit', code: code ?? (signal === 'SIGKILL' ? 137 : 143), log };
  } finally {
    end();
    task.signal.removeEventListener('abort', end);
  }
}

/** Puts the folders of volumes in the place of the paths where a container mounts them. */
function placeOf({ volumeMounts = [] }: V1Container, volumes: ReadonlyMap<string, string>): (text: string) => string {
  const byLength = [...volumeMounts].sort((a, b) => b.mountPath.length - a.mountPath.length);
  return (text) => {
    const mount = byLength.find(({ mountPath }) => new RegExp(`(^|:)${mountPath}(/|$)`).test(text));
    return mount === undefined ? text : text.replace(mount.mountPath, volumes.get(mount.name) ?? '');
  };
}
