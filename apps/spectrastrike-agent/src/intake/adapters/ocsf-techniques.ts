import { isJsonObject, type JsonObject } from '@nyxera/federation-protocol';
import { namedTechniques } from '../attack/named-techniques.ts';
import { array, object, text, words } from '../json/members.ts';
import type { TechniqueNamed } from '../types.ts';

interface Named {
  readonly techniques: readonly TechniqueNamed[];
  readonly tactics: readonly string[];
}

/**
 * The `attacks` of the finding (or of the record, as older versions have it), the more exact id of each; else what
 * Prowler lists under the compliance framework MITRE-ATTACK, which has no tactics.
 */
export function namedByOcsf(record: JsonObject, finding: JsonObject): Named {
  const attacks = [...array(finding, 'attacks'), ...array(record, 'attacks')].filter(isJsonObject);
  const techniques = namedTechniques(
    attacks.flatMap((attack) => {
      const exact = text(object(attack, 'sub_technique'), 'uid') ?? text(object(attack, 'technique'), 'uid');
      return exact === undefined ? [] : [exact];
    }),
  );
  const tactics = attacks.flatMap((attack) => [
    ...(isJsonObject(object(attack, 'tactic')) ? [object(attack, 'tactic') as JsonObject] : []),
    ...array(attack, 'tactics').filter(isJsonObject),
  ]);
  if (techniques.length > 0) {
    const ids = tactics.flatMap((tactic) => text(tactic, 'uid') ?? []);
    return { techniques, tactics: ids.filter((id) => /^TA[0-9]{4}$/i.test(id)) };
  }
  const compliance = object(object(record, 'unmapped'), 'compliance');
  return { techniques: namedTechniques(words(compliance, 'MITRE-ATTACK')), tactics: [] };
}
