/** Options of a sweep in a cluster. */
import type { Command } from 'commander';

export interface ClusterFlags {
  readonly namespace?: string;
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly parallelism?: string;
  readonly retries?: string;
  readonly maxFailed?: string;
  readonly imagePrefix?: string;
  readonly imageTag?: string;
  readonly attackerImage?: string;
  readonly runStore?: string;
  readonly runStoreSecret?: string;
  readonly dataClaim?: string;
  readonly trainingDataClaim?: string;
  readonly queue?: string;
  readonly telemetry?: string;
  readonly podPatch?: string;
  readonly manifest?: boolean;
  readonly cancel?: boolean;
}

/** What these options are when they are not given. */
export const clusterStandards = {
  parallelism: '10',
  retries: '2',
  imagePrefix: 'theriac',
  runStore: 'pvc:theriac-runs',
  runStoreSecret: 'theriac-run-store',
  dataClaim: 'theriac-data',
  trainingDataClaim: 'theriac-data-training',
} as const;

/** Adds them, each without a default of its own: one that is given for a sweep on this machine is refused. */
export function withCluster(command: Command): Command {
  const standard = (name: keyof typeof clusterStandards): string => `(default: ${clusterStandards[name]})`;
  return command
    .option('--namespace <name>', 'kubernetes: where the Job is made (default: that of the context)')
    .option('--context <name>', 'kubernetes: a context of the configuration (default: the current one)')
    .option('--kubeconfig <file>', "kubernetes: the cluster's configuration (default: as kubectl finds it)")
    .option('--parallelism <count>', `kubernetes: games at a time ${standard('parallelism')}`)
    .option('--retries <count>', `kubernetes: how often a game that fails is tried again ${standard('retries')}`)
    .option('--max-failed <count>', 'kubernetes: failed games after which the rest is not played (default: any number)')
    .option('--image-prefix <text>', `kubernetes: what stands before /trainer:TAG ${standard('imagePrefix')}`)
    .option('--image-tag <text>', 'kubernetes: tag of the images (default: this version)')
    .option('--attacker-image <image>', "kubernetes: an attacker of somebody else's")
    .option('--run-store <place>', `kubernetes: pvc:CLAIM or s3://BUCKET/PREFIX ${standard('runStore')}`)
    .option('--run-store-secret <name>', `kubernetes: Secret with keys of S3, or none ${standard('runStoreSecret')}`)
    .option('--data-claim <name>', `kubernetes: volume with the data sets, or none ${standard('dataClaim')}`)
    .option(
      '--training-data-claim <name>',
      `kubernetes: volume with the data sets without test splits, or none ${standard('trainingDataClaim')}`,
    )
    .option('--queue <name>', 'kubernetes: queue of Kueue in which the Job waits')
    .option('--telemetry <url>', 'kubernetes: where the pods send traces and metrics (OTLP)')
    .option('--pod-patch <file>', 'kubernetes: YAML that is merged over the pod of a game')
    .option('--manifest', 'kubernetes: print the Job and its ConfigMap, and do nothing')
    .option('--cancel', 'kubernetes: delete the Jobs of this plan');
}

/** The options that were given, as the user wrote them. */
export function givenOf(flags: ClusterFlags): string[] {
  const names: readonly (keyof ClusterFlags)[] = [
    ...(['namespace', 'context', 'kubeconfig', 'parallelism', 'retries', 'maxFailed', 'imagePrefix'] as const),
    ...(['imageTag', 'attackerImage', 'runStore', 'runStoreSecret', 'dataClaim', 'trainingDataClaim'] as const),
    ...(['queue', 'telemetry', 'podPatch', 'manifest', 'cancel'] as const),
  ];
  return names
    .filter((name) => flags[name] !== undefined)
    .map((name) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
}
