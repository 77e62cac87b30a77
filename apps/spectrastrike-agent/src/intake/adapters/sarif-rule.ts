import { isJsonObject, type JsonObject, type JsonValue } from '@nyxera/federation-protocol';
import { array, number, object, text, words } from '../json/members.ts';

/**
 * The reporting descriptor of a result (SARIF sections 3.27.5 to 3.27.7): by index in the component that the
 * result names (CodeQL keeps rules in extensions), else by id in any component. An index whose rule has
 * another id is not believed.
 */
export function ruleOf(run: JsonObject, result: JsonObject): JsonObject | undefined {
  const reference = object(result, 'rule');
  const id = text(result, 'ruleId') ?? text(reference, 'id');
  const tool = object(run, 'tool');
  const extensions = array(tool, 'extensions').filter(isJsonObject);
  const driver = object(tool, 'driver');
  const extension = number(object(reference, 'toolComponent'), 'index');
  const component = extension === undefined ? driver : extensions[extension];
  const index = number(result, 'ruleIndex') ?? number(reference, 'index');
  const indexed = index === undefined ? undefined : array(component, 'rules')[index];
  if (isJsonObject(indexed) && (id === undefined || names(id, text(indexed, 'id')))) {
    return indexed;
  }
  if (id === undefined) {
    return undefined;
  }
  for (const place of [driver, ...extensions]) {
    const found = array(place, 'rules').find((rule) => isJsonObject(rule) && names(id, text(rule, 'id')));
    if (isJsonObject(found)) {
      return found;
    }
  }
  return undefined;
}

/** `CA1000/1` is a case of the rule `CA1000` (section 3.27.5). */
function names(id: string, rule: string | undefined): boolean {
  return rule !== undefined && (id === rule || id.startsWith(`${rule}/`));
}

/** The message, or the rule's message string with its arguments put in, or the rule's own summary. */
export function messageOf(result: JsonObject, rule: JsonObject | undefined): string | undefined {
  const message = object(result, 'message');
  const own = text(message, 'text', 'markdown');
  if (own !== undefined) {
    return own;
  }
  const id = text(message, 'id');
  const template = id === undefined ? undefined : text(object(object(rule, 'messageStrings'), id), 'text');
  if (template !== undefined) {
    const values = array(message, 'arguments');
    return template.replace(/\{([0-9]{1,2})\}/g, (whole, index) => {
      const value = values[Number(index)];
      return typeof value === 'string' ? value : whole;
    });
  }
  return text(object(rule, 'shortDescription'), 'text') ?? text(object(rule, 'fullDescription'), 'text');
}

/** Words with which tools classify: tags, taxa and CWE properties, those of the result first. */
export function classificationWords(result: JsonObject, rule: JsonObject | undefined): readonly string[] {
  return [
    ...words(object(result, 'properties'), 'tags'),
    ...taxa(array(result, 'taxa')),
    ...words(object(result, 'properties'), 'cwe'),
    ...words(object(rule, 'properties'), 'tags'),
    ...words(object(rule, 'properties'), 'cwe'),
    ...taxa(
      array(rule, 'relationships').map((relation) =>
        isJsonObject(relation) ? (relation.target ?? null) : null,
      ),
    ),
  ];
}

function taxa(references: readonly JsonValue[]): readonly string[] {
  return references.flatMap((reference) => {
    const id = isJsonObject(reference) ? text(reference, 'id') : undefined;
    const taxonomy = isJsonObject(reference) ? text(object(reference, 'toolComponent'), 'name') : undefined;
    return id === undefined ? [] : [/^[0-9]+$/.test(id) && taxonomy === 'CWE' ? `CWE-${id}` : id];
  });
}

/** CWE numbers in the order of {@link classificationWords}: `CWE-79`, `external/cwe/cwe-079`, `CWE-798: Use of…`. */
export function cwesOf(result: JsonObject, rule: JsonObject | undefined): readonly number[] {
  const numbers = classificationWords(result, rule).flatMap((word) => {
    const match = /(?:^|\/)CWE[-_:]?0{0,4}([1-9][0-9]{0,4})(?![0-9])/i.exec(word);
    return match === null ? [] : [Number(match[1])];
  });
  return [...new Set(numbers)];
}
