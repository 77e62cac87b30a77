import { isJsonObject, type JsonObject, parseStrictJson } from '@nyxera/federation-protocol';
import type { Settings } from './settings.ts';

/**
 * A variable that holds JSON. Parsed strictly: with a lenient parser a pin or a mapping that is written
 * twice would silently lose its first value.
 */
export function readJsonObject(settings: Settings, name: string, what: string): JsonObject | null {
  const text = settings.text(name);
  if (text === null) return null;
  const parsed = parseStrictJson(new TextEncoder().encode(text));
  if (parsed.ok && isJsonObject(parsed.value)) return parsed.value;
  settings.fault(name, `must be a JSON object without repeated members: ${what}`);
  return null;
}
