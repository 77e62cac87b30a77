/** The variables of the environment that say how to write; nothing else is read from it here. */
export type ScreenVariables = Readonly<Record<string, string | undefined>>;

/** What a stream can show. */
export interface Screen {
  /** A person looks at it: tables are drawn, a bar may move. In a pipe: one line a row, cells between tabs. */
  readonly terminal: boolean;
  /** The cursor may be moved: a terminal that is not dumb. */
  readonly moves: boolean;
  readonly colour: boolean;
  /** Width in columns; null: not known, nothing is made to fit. */
  readonly columns: number | null;
}

/** A pipe without colours. */
export const PIPE: Screen = { terminal: false, moves: false, colour: false, columns: null };

/**
 * Colour is shown on a terminal, unless NO_COLOR is set to anything (no-color.org) or TERM is `dumb`. FORCE_COLOR
 * comes before both: `0` or `false` none, anything else colour also in a pipe.
 */
export function screenOf(
  stream: { readonly isTerminal: boolean; readonly columns?: number | undefined },
  variables: ScreenVariables,
): Screen {
  const dumb = variables.TERM === 'dumb';
  const moves = stream.isTerminal && !dumb;
  const columns =
    stream.isTerminal && stream.columns !== undefined && stream.columns > 0 ? stream.columns : null;
  return { terminal: stream.isTerminal, moves, colour: colourWanted(variables, moves), columns };
}

function colourWanted(variables: ScreenVariables, otherwise: boolean): boolean {
  const forced = variables.FORCE_COLOR;
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false';
  if (variables.NO_COLOR !== undefined && variables.NO_COLOR !== '') return false;
  return otherwise;
}
