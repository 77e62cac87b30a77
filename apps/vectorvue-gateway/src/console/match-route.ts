/** What the matcher needs of a route. */
interface Matchable {
  readonly method: string;
  readonly path: string;
}

export type Match<Route> =
  | { readonly kind: 'found'; readonly route: Route; readonly params: Readonly<Record<string, string>> }
  | { readonly kind: 'other-method'; readonly allow: readonly string[] }
  | { readonly kind: 'none' };

/**
 * Finds a route by the raw path, segment by segment; a segment is decoded once, after the split, so that an escaped slash is
 * part of a value. A path with fixed words goes before one with a parameter in the same place.
 */
export function matchRoute<Route extends Matchable>(
  routes: readonly Route[],
  method: string,
  path: string,
): Match<Route> {
  const segments = path.split('/');
  const allow = new Set<string>();
  let best: { route: Route; params: Record<string, string>; fixed: number } | null = null;
  for (const route of routes) {
    const params = paramsOf(route.path.split('/'), segments);
    if (params === null) continue;
    allow.add(route.method);
    const fixed = segments.length - Object.keys(params).length;
    if (route.method === method && (best === null || fixed > best.fixed)) best = { route, params, fixed };
  }
  if (best !== null) return { kind: 'found', route: best.route, params: best.params };
  return allow.size > 0 ? { kind: 'other-method', allow: [...allow] } : { kind: 'none' };
}

function paramsOf(template: readonly string[], segments: readonly string[]): Record<string, string> | null {
  if (template.length !== segments.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of template.entries()) {
    const segment = segments[index] ?? '';
    if (part.startsWith('{')) {
      const value = decoded(segment);
      if (value === null || value === '') return null;
      params[part.slice(1, -1)] = value;
    } else if (part !== segment) return null;
  }
  return params;
}

function decoded(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}
