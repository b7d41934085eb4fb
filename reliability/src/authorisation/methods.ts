import { AttackerServiceService } from '@theriac/contract/attacker';
import { EvaluatorServiceService } from '@theriac/contract/evaluator';
import { BlobsServiceService } from '@theriac/contract/tensor';
import { TrainerServiceService } from '@theriac/contract/trainer';
import type { Role } from '../frame/service-process';

interface Definition {
  readonly path: string;
}
const own: Readonly<Record<Role, object>> = {
  trainer: TrainerServiceService,
  attacker: AttackerServiceService,
  evaluator: EvaluatorServiceService,
};
const everywhere = [
  ...['Check', 'Watch', 'List'].map((method) => `/grpc.health.v1.Health/${method}`),
  ...['v1', 'v1alpha'].map((version) => `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`),
];

/** The paths of all methods that a service answers. */
export function methodsOf(role: Role): readonly string[] {
  const definitions: Definition[] = Object.values({ ...own[role], ...BlobsServiceService });
  return [...definitions.map(({ path }) => path), ...everywhere];
}
