/** What `docker compose` would do with a service of infra/compose/compose.yaml, with paths of this machine for those of a container. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

interface Service {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  readonly volumes?: readonly { readonly source: string; readonly target: string }[];
}

interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

export interface Placed {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** `instead`: what stands in the file, or in one of its secrets, and what it is here. */
export function placeService(
  folder: string,
  name: string,
  instead: readonly (readonly [string, string])[],
): Placed {
  const file = parse(readFileSync(join(folder, 'compose.yaml'), 'utf8'), { merge: true }) as ComposeFile;
  const service = file.services[name];
  if (service === undefined) throw new Error(`no service ${name}`);
  const places: (readonly [string, string])[] = [];
  for (const { source, target } of service.volumes ?? []) places.push([target, join(folder, source)]);
  for (const secret of service.secrets) {
    // A service sees the secrets that it names, and no other.
    const path = join(folder, file.secrets[secret]?.file ?? `no secret ${secret}`);
    places.push([`/run/secrets/${secret}`, path.endsWith('.env') ? rewritten(path, instead) : path]);
  }
  // The longer first: one secret's name may begin like another's.
  places.sort(([a], [b]) => b.length - a.length);
  const place = (text: string): string =>
    [...places, ...instead].reduce((done, [from, to]) => done.replaceAll(from, to), text);
  const entries = Object.entries(service.environment).map(([variable, value]) => [variable, place(value)]);
  return { command: service.command, environment: Object.fromEntries(entries) };
}

function rewritten(path: string, instead: readonly (readonly [string, string])[]): string {
  const text = instead.reduce((done, [from, to]) => done.replaceAll(from, to), readFileSync(path, 'utf8'));
  writeFileSync(`${path}.here`, text, { mode: 0o600 });
  return `${path}.here`;
}
