/** What JSON.stringify takes as it is. */
export type JsonLike =
  | null
  | boolean
  | number
  | string
  | readonly JsonLike[]
  | { readonly [member: string]: JsonLike | undefined };

/** Pieces of an answer for people. Cells and texts hold raw, untrusted text; `render.ts` escapes it. */
export type Block =
  | {
      readonly kind: 'table';
      readonly head: readonly string[];
      readonly rows: readonly (readonly string[])[];
    }
  | { readonly kind: 'facts'; readonly facts: readonly (readonly [string, string])[] }
  | { readonly kind: 'text'; readonly text: string }
  /** Has backslashes and line feeds of its own, which stay. */
  | { readonly kind: 'document'; readonly text: string };

/** The outcome of a command, as values: the same run serves people, `--json` and the tests. */
export interface CommandResult {
  readonly blocks: readonly Block[];
  /** With `--json`, one line each; the last one is the command's contract. */
  readonly json: readonly JsonLike[];
  readonly exitCode: number;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): Block {
  return { kind: 'table', head, rows };
}

export function facts(...pairs: readonly (readonly [string, string])[]): Block {
  return { kind: 'facts', facts: pairs };
}

/** One paragraph. */
export function text(paragraph: string): Block {
  return { kind: 'text', text: paragraph };
}
