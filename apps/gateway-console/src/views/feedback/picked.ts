import type { SearchText } from '../../shell/search.ts';

/** Of what the address says, what a list is asked by: the tab is not its business. */
export function picked(values: SearchText, names: readonly string[]): SearchText {
  return Object.fromEntries(names.map((name) => [name, values[name]]));
}
