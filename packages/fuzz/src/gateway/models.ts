import { type Node, NumberToken, ObjectNode } from '../json/tree.ts';

/** The schemas of PROTOCOL.md sections 6 to 9, as predicates over the oracle's own tree. */
type Predicate = (node: Node | undefined) => boolean;

const matches =
  (form: RegExp): Predicate =>
  (node) =>
    typeof node === 'string' && form.test(node);

const points = (text: string): number => Array.from(text).length;
const text =
  (max: number): Predicate =>
  (node) =>
    typeof node === 'string' && points(node) >= 1 && points(node) <= max && !node.includes('\u0000');

const integer =
  (min: number, max: number): Predicate =>
  (node) => {
    if (!(node instanceof NumberToken) || /[.eE]/.test(node.token)) return false;
    const value = BigInt(node.token);
    return value >= BigInt(min) && value <= BigInt(max);
  };

const listOf =
  (min: number, max: number, item: Predicate): Predicate =>
  (node) =>
    Array.isArray(node) && node.length >= min && node.length <= max && node.every(item);

const object: Predicate = (node) => node instanceof ObjectNode;

/** Exactly these members; the optional ones may be absent, and nothing else may be there. */
function strict(
  required: Readonly<Record<string, Predicate>>,
  optional: Readonly<Record<string, Predicate>> = {},
): Predicate {
  return (node) =>
    node instanceof ObjectNode &&
    Object.keys(required).every((name) => node.entries.some(([key]) => key === name)) &&
    node.entries.every(([name, value]) => {
      const rule = Object.hasOwn(required, name)
        ? required[name]
        : Object.hasOwn(optional, name)
          ? optional[name]
          : undefined;
      return rule?.(value) ?? false;
    });
}

const hex64 = matches(/^[0-9a-fA-F]{64}$/);
const tenant = matches(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/);
const nonce = matches(/^[A-Za-z0-9._:~+/=-]{8,128}$/);
const timestamp = integer(0, 999_999_999_999);
const anyString: Predicate = (node) => typeof node === 'string';

/** Section 7: RFC 3339 on the calendar; without offset or as seconds in digits, too. */
const instant: Predicate = (node) => {
  if (typeof node !== 'string') return false;
  if (/^[0-9]{1,12}$/.test(node)) return true;
  const found =
    /^([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(\.[0-9]{1,24})?([Zz]|[+-]([0-9]{2}):([0-9]{2}))?$/.exec(
      node,
    );
  if (found === null) return false;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1, 7).map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const onCalendar = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  const offset = Number(found[9] ?? 0) <= 23 && Number(found[10] ?? 0) <= 59;
  return onCalendar && hour <= 23 && minute <= 59 && second <= 60 && offset;
};

const attributes: Predicate = (node) =>
  node instanceof ObjectNode && hex64(node.get('attestation_measurement_hash'));

const trimmed =
  (form: RegExp): Predicate =>
  (node) =>
    typeof node === 'string' && form.test(node.trim());

export const payloadModel: Predicate = strict(
  {
    event_id: matches(/^[A-Za-z0-9._:-]{1,128}$/),
    event_type: matches(/^[A-Za-z0-9._:-]{1,64}$/),
    source_system: matches(/^[A-Za-z0-9._:-]{1,64}$/),
    // Letters of ASCII only: `i` with the flags of Unicode would fold others into them.
    severity: (node) => trimmed(/^[A-Za-z]+$/)(node) && trimmed(/^(info|low|medium|high|critical)$/i)(node),
    observed_at: instant,
    mitre_techniques: listOf(1, 32, trimmed(/^[Tt][0-9]{4}(\.[0-9]{3})?$/)),
    attributes,
  },
  {
    mitre_tactics: listOf(0, 32, trimmed(/^[Tt][Aa][0-9]{4}$/)),
    description: (node) => typeof node === 'string' && points(node) <= 2048,
  },
);

const metadata = strict({ tenant_id: anyString, operator_id: anyString, campaign_id: anyString });
const envelope = {
  operator_id: text(128),
  campaign_id: text(128),
  tenant_id: tenant,
  timestamp,
  nonce,
  signed_metadata: metadata,
};

export const telemetryModel: Predicate = strict({
  ...envelope,
  execution_hash: hex64,
  payload: payloadModel,
});

/** The items of a batch are judged one by one, so only their number counts here. */
export const batchModel: Predicate = strict({ ...envelope, items: listOf(1, 1000, () => true) });
export const itemModel: Predicate = strict({ execution_hash: hex64, payload: payloadModel });

export const queryModel: Predicate = strict(
  { operator_id: text(128), tenant_id: tenant, timestamp, nonce },
  { limit: integer(1, 1000) },
);

export const graphModel: Predicate = strict({
  operator_id: text(128),
  tenant_id: tenant,
  execution_fingerprint: hex64,
  timestamp,
  nonce,
  schema_version: (node) => node === 'execution.graph.v1',
  attestation_measurement_hash: hex64,
  graph: (node) => {
    if (!object(node)) return false;
    const target = (node as ObjectNode).get('target_urn');
    return target === undefined || target === null || text(512)(target);
  },
});

const separate: Predicate = (node) => text(128)(node) && !String(node).includes('|');
export const bundleModel: Predicate = strict({
  bundle: strict({
    operator_id: separate,
    campaign_id: separate,
    execution_hash: hex64,
    timestamp,
    nonce: matches(/^[A-Za-z0-9._:~+/=-]{12,128}$/),
    signature: matches(/^[A-Za-z0-9+/]{85}[AQgw]==$/),
  }),
});

/** Section 12, of a payload that has passed. */
export function isFinding(payload: ObjectNode): boolean {
  const severity = String(payload.get('severity')).trim().toLowerCase();
  return (
    ['high', 'critical'].includes(severity) ||
    String(payload.get('event_type')).toUpperCase().includes('FAIL')
  );
}
