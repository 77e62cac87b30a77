/** What a link carries: plain `name=value` pairs, each a text. */
export type SearchText = Readonly<Record<string, string | undefined>>;

/** No JSON in links: `?severity=high&from=2026-01-01T00:00:00Z` can be read, typed and shared. The last of two wins. */
export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

export function stringifySearch(search: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(search).flatMap(([name, value]) =>
    value === undefined || value === null || value === '' ? [] : [[name, String(value)]],
  );
  const text = new URLSearchParams(pairs).toString();
  return text === '' ? '' : `?${text}`;
}

/** `validateSearch` of a route: keeps the named parameters and drops all others. The gateway says what makes no sense. */
export function searchOf<Name extends string>(...names: readonly Name[]) {
  return (search: Readonly<Record<string, unknown>>): { [K in Name]?: string } =>
    Object.fromEntries(
      names.flatMap((name) => {
        const value = search[name];
        return typeof value === 'string' && value !== '' ? [[name, value]] : [];
      }),
    ) as { [K in Name]?: string };
}
