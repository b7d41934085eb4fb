/** What each kind of document must be like here: the types of the API, with the fields that this project demands. */
import type { ICertificate } from '@kubernetes-models/cert-manager/cert-manager.io/v1/Certificate';
import type { IIssuer } from '@kubernetes-models/cert-manager/cert-manager.io/v1/Issuer';
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import type { IJob } from 'kubernetes-models/batch/v1/Job';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import type { IRole } from 'kubernetes-models/rbac.authorization.k8s.io/v1/Role';
import type { IRoleBinding } from 'kubernetes-models/rbac.authorization.k8s.io/v1/RoleBinding';
import type { IConfigMap } from 'kubernetes-models/v1/ConfigMap';
import type { INamespace } from 'kubernetes-models/v1/Namespace';
import type { IPod } from 'kubernetes-models/v1/Pod';
import type { IPersistentVolumeClaim } from 'kubernetes-models/v1/PersistentVolumeClaim';
import type { IResourceQuota } from 'kubernetes-models/v1/ResourceQuota';
import type { IService } from 'kubernetes-models/v1/Service';
import type { IServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import type { Demand, Given } from './demand';

interface Labels {
  'app.kubernetes.io/part-of': 'theriac';
}
interface WorkloadLabels extends Labels {
  'app.kubernetes.io/name': string;
}
interface Named {
  name: Given;
  namespace: Given;
  labels: Labels;
}

/** As Pod Security's level `restricted` wants it, and a read-only root besides. */
interface Container {
  name: Given;
  image: Given;
  imagePullPolicy: Given;
  securityContext: {
    allowPrivilegeEscalation: false;
    readOnlyRootFilesystem: true;
    capabilities: { drop: 'ALL'[] };
  };
  resources: {
    requests: { cpu: string; memory: string; 'ephemeral-storage': string };
    limits: { memory: string; 'ephemeral-storage': string };
  };
}
interface Probe {
  periodSeconds: Given;
  httpGet?: { path: Given };
}
interface Server extends Container {
  ports: { name: Given; containerPort: Given }[];
  startupProbe: Probe;
  readinessProbe: Probe;
  livenessProbe: Probe;
}
interface Pod<C> {
  serviceAccountName: Given;
  automountServiceAccountToken: Given;
  enableServiceLinks: false;
  securityContext: {
    runAsNonRoot: true;
    runAsUser: Given;
    runAsGroup: Given;
    fsGroup: Given;
    seccompProfile: { type: 'RuntimeDefault' };
  };
  initContainers?: Container[];
  containers: C[];
  volumes?: { name: Given; secret?: { defaultMode: Given } }[];
  tolerations?: { key: Given; operator: Given; effect: Given }[];
  topologySpreadConstraints?: { labelSelector: PodSelector; matchLabelKeys: Given }[];
}
interface Template<C, More = unknown> {
  metadata: { labels: WorkloadLabels };
  spec: Pod<C> & More;
}
interface PodSelector {
  matchLabels: { 'app.kubernetes.io/name': string };
}

interface LocalQueue {
  apiVersion: 'kueue.x-k8s.io/v1beta1';
  kind: 'LocalQueue';
  metadata?: INamespace['metadata'];
  spec: { clusterQueue: string };
}

/** By apiVersion and kind. What is not named here is refused. */
export interface ManifestTypes {
  'v1 Namespace': Demand<
    INamespace,
    {
      metadata: {
        name: Given;
        labels: Labels & {
          'pod-security.kubernetes.io/enforce': 'restricted';
          'pod-security.kubernetes.io/enforce-version': string;
          'pod-security.kubernetes.io/audit': 'restricted';
          'pod-security.kubernetes.io/warn': 'restricted';
        };
      };
    }
  >;
  'v1 ServiceAccount': Demand<IServiceAccount, { metadata: Named; automountServiceAccountToken: false }>;
  'v1 ConfigMap': Demand<IConfigMap, { metadata: Named; data: Given }>;
  'v1 ResourceQuota': Demand<
    IResourceQuota,
    {
      metadata: Named;
      spec: {
        hard: {
          'requests.cpu': string;
          'requests.memory': string;
          'limits.memory': string;
          'requests.storage': string;
          'count/pods': string;
          'count/jobs.batch': string;
        };
      };
    }
  >;
  'v1 PersistentVolumeClaim': Demand<
    IPersistentVolumeClaim,
    {
      metadata: Named;
      spec: {
        accessModes: ('ReadWriteOnce' | 'ReadWriteMany')[];
        resources: { requests: { storage: string } };
      };
    }
  >;
  'v1 Service': Demand<
    IService,
    {
      metadata: Named & { labels: WorkloadLabels };
      spec: {
        selector: { 'app.kubernetes.io/name': string };
        ports: { name: Given; port: Given; targetPort: Given }[];
      };
    }
  >;
  'apps/v1 Deployment': Demand<
    IDeployment,
    {
      metadata: Named & { labels: WorkloadLabels };
      spec: {
        revisionHistoryLimit: Given;
        strategy:
          { type: 'Recreate' } | { type: 'RollingUpdate'; rollingUpdate: { maxSurge: Given; maxUnavailable: Given } };
        selector: PodSelector;
        template: Template<Server>;
      };
    }
  >;
  'batch/v1 Job': Demand<
    IJob,
    {
      metadata: Named & { labels: WorkloadLabels };
      spec: {
        ttlSecondsAfterFinished: Given;
        podReplacementPolicy: 'Failed';
        podFailurePolicy: { rules: { onExitCodes?: { containerName: Given } }[] };
        template: Template<Container, { restartPolicy: 'Never' }>;
      } & (
        | { backoffLimit: Given }
        | { completionMode: 'Indexed'; completions: Given; parallelism: Given; backoffLimitPerIndex: Given }
      );
    }
  >;
  'v1 Pod': Demand<
    IPod,
    {
      metadata: Named & { labels: WorkloadLabels };
      spec: Pod<Container> & { restartPolicy: 'Never'; activeDeadlineSeconds: Given };
    }
  >;
  'policy/v1 PodDisruptionBudget': Demand<
    IPodDisruptionBudget,
    { metadata: Named; spec: { maxUnavailable: Given; selector: PodSelector } }
  >;
  'autoscaling/v2 HorizontalPodAutoscaler': Demand<
    IHorizontalPodAutoscaler,
    {
      metadata: Named & { labels: WorkloadLabels };
      spec: {
        scaleTargetRef: { apiVersion: Given };
        minReplicas: Given;
        metrics: {
          resource: { target: { averageUtilization: Given } };
        }[];
        behavior: { scaleDown: { stabilizationWindowSeconds: Given; policies: Given } };
      };
    }
  >;
  'networking.k8s.io/v1 NetworkPolicy': Demand<
    INetworkPolicy,
    {
      metadata: Named;
      spec: {
        policyTypes: ('Ingress' | 'Egress')[];
        ingress?: { from: Given; ports: { protocol: Given; port: Given }[] }[];
        egress?: { ports: { protocol: Given; port: Given }[] }[];
      };
    }
  >;
  'rbac.authorization.k8s.io/v1 Role': Demand<
    IRole,
    { metadata: Named; rules: { apiGroups: Given; resources: Given; verbs: Given }[] }
  >;
  'rbac.authorization.k8s.io/v1 RoleBinding': Demand<
    IRoleBinding,
    { metadata: Named; subjects: { kind: 'ServiceAccount'; namespace: Given }[] }
  >;
  'cert-manager.io/v1 Issuer': Demand<IIssuer, { metadata: Named }>;
  'cert-manager.io/v1 Certificate': Demand<
    ICertificate,
    {
      metadata: Named;
      spec: {
        duration: Given;
        renewBefore?: Given;
        privateKey: { algorithm: Given; size: Given; rotationPolicy: Given };
        usages: Given;
        issuerRef: { group: Given; kind: Given };
      };
    }
  >;
  'kueue.x-k8s.io/v1beta1 LocalQueue': Demand<LocalQueue, { metadata: Named }>;
}
