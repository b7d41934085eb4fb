export type { Direction, Fault } from './fault';
export { faultProxy } from './fault-proxy';
export type { FaultProxy, ProxyOptions } from './fault-proxy';
