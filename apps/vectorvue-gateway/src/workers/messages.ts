import type { GatewayConfig } from '../config/gateway-config.ts';
import type { Reloadable } from '../serve.ts';

/**
 * What primary and worker say to each other, over the channel that Node opens between them: a socket pair that no
 * other process can open. The private key of the server certificate passes over it, so that a worker that is
 * replaced serves with what was checked, whatever has become of the files since.
 */
export type Order =
  | { readonly type: 'start'; readonly slot: number; readonly config: GatewayConfig }
  | { readonly type: 'reload'; readonly id: number; readonly next: Reloadable }
  | { readonly type: 'report'; readonly id: number }
  | { readonly type: 'readiness'; readonly id: number }
  /** Stop accepting, let connections end by themselves, and end. */
  | { readonly type: 'retire' }
  /** Stop accepting, finish what is in flight, and end. */
  | { readonly type: 'stop' };

export type Word =
  /** Ready for the first order. */
  | { readonly type: 'awake' }
  | { readonly type: 'accepting'; readonly listen: string }
  /** It cannot start; the message is for the operator. */
  | { readonly type: 'refused'; readonly exitCode: number; readonly message: string }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  /** The last thing of a worker that ends in order: what it has counted. */
  | { readonly type: 'farewell'; readonly report: WorkerReport };

export interface WorkerReport {
  /** Of prom-client's registry, as JSON. */
  readonly metrics: readonly MetricJson[];
  readonly rssBytes: number;
}

/** The part of prom-client's JSON that is looked at here. */
export interface MetricJson {
  readonly name: string;
  readonly type: string;
  readonly values: readonly { readonly value: number; readonly labels: Readonly<Record<string, unknown>> }[];
}
