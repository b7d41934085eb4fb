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
  rpcSystem: 'rpc.system',
  rpcService: 'rpc.service',
  rpcMethod: 'rpc.method',
  rpcStatusCode: 'rpc.grpc.status_code',
} as const;
export type AttributeName = (typeof attributeNames)[keyof typeof attributeNames];

/** Metrics with kind, unit and meaning. */
export const metricNames = {
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
  steps: { name: 'theriac.steps', kind: 'counter', unit: '{step}', description: 'Steps of training or crafting taken' },
  stepDuration: { name: 'theriac.step.duration', kind: 'histogram', unit: 's', description: 'Time of one step' },
  loss: { name: 'theriac.loss', kind: 'gauge', unit: 'nat', description: 'Loss after the last step' },
  residual: {
    name: 'theriac.residual',
    kind: 'gauge',
    unit: '1',
    description: 'Norm of g(chi; w) at the target after the last step',
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
} as const;
export type MetricKey = keyof typeof metricNames;
