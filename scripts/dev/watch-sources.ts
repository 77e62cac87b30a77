import { readdirSync, watch } from 'node:fs';
import { join } from 'node:path';

const root = new URL('../..', import.meta.url).pathname;
/** An editor that saves writes several times, and a checkout touches many files. Milliseconds. */
const SETTLE_MS = 150;

export type Touched = 'gateway' | 'agent' | 'both';

/** Calls back after the sources of an app, or of a package that both use, have changed. */
export function watchSources(onChange: (touched: Touched, file: string) => void): () => void {
  const pending = new Map<Touched, string>();
  let timer: NodeJS.Timeout | undefined;
  const settle = (touched: Touched, file: string): void => {
    pending.set(touched, file);
    clearTimeout(timer);
    timer = setTimeout(() => {
      for (const [one, last] of pending) onChange(one, last);
      pending.clear();
    }, SETTLE_MS);
  };
  const watchers = folders().map(([folder, touched]) =>
    watch(join(root, folder), { recursive: true }, (_event, name) => {
      if (name?.endsWith('.ts') || name?.endsWith('.sql')) settle(touched, join(folder, name));
    }),
  );
  return () => {
    clearTimeout(timer);
    for (const one of watchers) one.close();
  };
}

function folders(): readonly (readonly [string, Touched])[] {
  const packages = ['protocol', 'key-custody', 'certificates', 'cli'].filter((name) =>
    readdirSync(join(root, 'packages')).includes(name),
  );
  return [
    ['apps/vectorvue-gateway/src', 'gateway'],
    ['apps/spectrastrike-agent/src', 'agent'],
    ...packages.map((name) => [`packages/${name}/src`, 'both'] as const),
  ];
}
