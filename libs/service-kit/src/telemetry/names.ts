/** Every span, metric and attribute name that Theriac emits; a test refuses any other. */

/** Spans of a game, as the game is played. */
export const spanNames = {
  game: 'game',
  trainClean: 'train clean',
  craft: 'craft',
  leaderStep: 'leader step',
  inverseHessianVectorProduct: 'inverse HVP',
  lossGradient: 'loss gradient',
  verify: 'verify',
  retrain: 'retrain',
  score: 'score',
  slice: 'slice',
} as const;
export type SpanName = (typeof spanNames)[keyof typeof spanNames];

/** Attributes of spans and metrics. */
export const attributeNames = {
  runId: 'theriac.run.id',
  role: 'theriac.role',
  dataset: 'theriac.dataset',
  model: 'theriac.model',
  attack: 'theriac.attack',
  protocol: 'theriac.protocol',
  seed: 'theriac.seed',
  step: 'theriac.step',
  of: 'theriac.steps',
  loss: 'theriac.loss',
  residual: 'theriac.residual',
  gradientNorm: 'theriac.gradient_norm',
  accuracy: 'theriac.accuracy',
  direction: 'theriac.direction',
  work: 'theriac.work',
  outcome: 'theriac.outcome',
  rpcSystem: 'rpc.system',
  rpcService: 'rpc.service',
  rpcMethod: 'rpc.method',
  rpcStatusCode: 'rpc.grpc.status_code',
} as const;
export type AttributeName = (typeof attributeNames)[keyof typeof attributeNames];

/** Attributes of the process that tells. */
export const resourceAttributeNames = {
  service: 'service.name',
  namespace: 'service.namespace',
  version: 'service.version',
  /** Host and process: metrics of replicas are told apart by it. */
  instance: 'service.instance.id',
  sdkName: 'telemetry.sdk.name',
  sdkLanguage: 'telemetry.sdk.language',
  sdkVersion: 'telemetry.sdk.version',
} as const;

/** Metrics with kind, unit and meaning. */
export const metricNames = {
  games: {
    name: 'theriac.games',
    kind: 'counter',
    unit: '{game}',
    description: 'Games that this process brought to an end, by outcome: finished, failed or cancelled',
  },
  gamesUnderWay: {
    name: 'theriac.games.active',
    kind: 'up-down-counter',
    unit: '{game}',
    description: 'Games under way',
  },
  sweepGames: {
    name: 'theriac.sweep.games',
    kind: 'gauge',
    unit: '{game}',
    description: 'Games of a sweep, by outcome: finished, failed or missing',
  },
  servedCallDuration: {
    name: 'rpc.server.call.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Time from the arrival of a call to its end',
  },
  madeCallDuration: {
    name: 'rpc.client.call.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Time from the start of a call to its end',
  },
  callsUnderWay: {
    name: 'theriac.calls.active',
    kind: 'up-down-counter',
    unit: '{call}',
    description: 'Calls under way',
  },
  refusedCalls: {
    name: 'theriac.calls.refused',
    kind: 'counter',
    unit: '{call}',
    description: 'Calls refused before anything of them was read: too many, not trusted, not allowed',
  },
  slicesUnderWay: {
    name: 'theriac.slices.active',
    kind: 'gauge',
    unit: '{slice}',
    description: 'Slices of long work that are computed',
  },
  slicesWaiting: {
    name: 'theriac.slices.waiting',
    kind: 'gauge',
    unit: '{slice}',
    description: 'Slices that wait for their turn',
  },
  steps: { name: 'theriac.steps', kind: 'counter', unit: '{step}', description: 'Steps of training or crafting taken' },
  stepDuration: {
    name: 'theriac.step.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Time of one step, mean of those between two reports',
  },
  loss: { name: 'theriac.loss', kind: 'gauge', unit: 'nat', description: 'Loss after the last step' },
  residual: {
    name: 'theriac.residual',
    kind: 'gauge',
    unit: '{norm}',
    description: 'Norm of g(chi; w) after the last step: at the target of an attack, or where a defender stands',
  },
  blobBytes: {
    name: 'theriac.blobs.bytes',
    kind: 'gauge',
    unit: 'By',
    description: 'Bytes of blobs held, in memory and on disk',
  },
  blobTraffic: {
    name: 'theriac.blobs.traffic',
    kind: 'counter',
    unit: 'By',
    description: 'Bytes of blobs sent and received',
  },
  tensors: {
    name: 'theriac.tensors.live',
    kind: 'gauge',
    unit: '{tensor}',
    description: 'Tensors held by the compute worker',
  },
  tensorBytes: {
    name: 'theriac.tensors.bytes',
    kind: 'gauge',
    unit: 'By',
    description: 'Bytes of tensors held by the compute worker',
  },
  workerCrashes: {
    name: 'theriac.compute.crashes',
    kind: 'counter',
    unit: '{crash}',
    description: 'Compute workers that died',
  },
  residentMemory: {
    name: 'process.memory.usage',
    kind: 'observed-gauge',
    unit: 'By',
    description: 'Resident memory of the process',
  },
  processorTime: {
    name: 'process.cpu.time',
    kind: 'observed-counter',
    unit: 's',
    description: 'Processor time of all threads of the process',
  },
  eventLoopDelay: {
    name: 'nodejs.eventloop.delay.p99',
    kind: 'observed-gauge',
    unit: 's',
    description: 'Delay of the main event loop since the last export, 99th percentile',
  },
  longestEventLoopDelay: {
    name: 'nodejs.eventloop.delay.max',
    kind: 'observed-gauge',
    unit: 's',
    description: 'Longest delay of the main event loop since the last export',
  },
} as const;
export type MetricKey = keyof typeof metricNames;
