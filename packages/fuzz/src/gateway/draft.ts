import type { Node } from '../json/tree.ts';
import type { Endpoint } from './templates.ts';

export type Form = 'compat' | 'jcs' | 'loose';

/** How the bytes of a request are laid on the connection. */
export type Shape =
  | 'length'
  | 'chunked'
  | 'chunk-extensions'
  | 'trailers'
  | 'dribble'
  | 'expect'
  | 'pipelined'
  | 'http10'
  | 'short-length'
  | 'long-length'
  | 'two-lengths'
  | 'length-and-chunked'
  | 'other-coding'
  | 'bad-chunk-size'
  | 'bare-line-feeds'
  | 'folded-header'
  | 'space-before-colon'
  | 'no-host'
  | 'many-headers'
  | 'huge-header'
  | 'oversize'
  | 'oversize-chunked'
  | 'empty-body'
  | 'bad-version'
  | 'noise';

/** A request in the making: every step changes some part of it. */
export interface Draft {
  readonly endpoint: Endpoint;
  readonly id: string;
  method: string;
  target: string;
  timestamp: number;
  nonce: string;
  headers: [string, string][];
  tree: Node;
  form: Form;
  shape: Shape;
  /** Signed over what is sent at last; otherwise over the valid body that it was made from. */
  resign: boolean;
}

/** What goes out, and what the oracle judges: nothing of how it came about. */
export interface Wire {
  readonly endpoint: Endpoint;
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
  readonly shape: Shape;
}
