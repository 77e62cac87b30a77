import type { JsonObject } from '@nyxera/federation-protocol';
import { type Asset, hostAsset, UNKNOWN_ASSET } from '../asset.ts';
import { inferred } from '../attack/defaults.ts';
import { namedTechniques } from '../attack/named-techniques.ts';
import { suricataDefault } from '../attack/sensor-defaults.ts';
import { member, number, object, text, words } from '../json/members.ts';
import { looseTime } from '../loose-time.ts';
import { readJsonReport } from '../read-json-report.ts';
import { SURICATA_SEVERITIES } from '../severity.ts';
import type { Adapter, IntakeItem, ReadContext, Reading, ReportSource, Severity } from '../types.ts';

/**
 * Suricata's EVE output: `eve.json` as lines, or an array. One observation for each record whose `event_type` is
 * `alert`; the others (flow, dns, stats, …) are what it writes beside them, and are counted as skipped.
 */
export const suricataAdapter: Adapter = {
  format: 'suricata',
  detect: ({ kind, members }) =>
    kind === 'json' &&
    members.has('event_type') &&
    members.has('timestamp') &&
    !members.has('severity') &&
    ['alert', 'flow_id', 'src_ip', 'stats', 'in_iface'].some((name) => members.has(name)),
  read,
};

/** Types of EVE records that are counted by name; a name from a report is never a key of ours. */
const OTHER_TYPES: ReadonlySet<string> = new Set(
  'anomaly arp dhcp dns drop fileinfo flow ftp http ikev2 ike krb5 mqtt netflow nfs rdp rfb sip smb smtp snmp ssh stats tftp tls'.split(
    ' ',
  ),
);

/**
 * Raw bytes of packets. They are base64, so that no secret in them can be seen, let alone removed;
 * `payload_printable` says the same in the clear.
 */
const NOT_TAKEN: ReadonlySet<string> = new Set(['payload', 'packet', 'packet_info']);

function read(source: ReportSource, context: ReadContext): Reading {
  return readJsonReport(source, {
    what: 'a Suricata EVE record',
    start: 'first',
    take: ({ value, ordinal, where }) => take(value, ordinal, where, context),
  });
}

function take(record: JsonObject, ordinal: number, where: string, context: ReadContext): IntakeItem {
  const type = text(record, 'event_type');
  if (type === undefined) {
    return { ok: false, fault: { where, expected: 'a Suricata EVE record: event_type' } };
  }
  if (type !== 'alert') return { ok: null, skipped: `suricata ${OTHER_TYPES.has(type) ? type : 'other'}` };
  const alert = object(record, 'alert');
  const signature = text(alert, 'signature');
  if (alert === undefined || signature === undefined) {
    return { ok: false, fault: { where, expected: 'a Suricata alert: alert.signature' } };
  }
  const metadata = object(alert, 'metadata');
  const category = text(alert, 'category');
  const named = namedTechniques(words(metadata, 'mitre_technique_id'));
  const time = looseTime(member(record, 'timestamp'));
  return {
    ok: true,
    observation: {
      ...assetOf(record, alert),
      ...severityOf(alert),
      observedAt: time?.at ?? context.recordedAt,
      observedAtBasis: time === null ? 'recorded' : 'report',
      assumed: time?.assumed ?? {},
      ordinal,
      where,
      eventType: 'suricata.alert',
      sourceSystem: 'suricata',
      techniques: named.length > 0 ? named : inferred(suricataDefault(signature, category ?? '')),
      tactics: words(metadata, 'mitre_tactic_id').filter((id) => /^TA[0-9]{4}$/i.test(id)),
      description: category === undefined ? signature : `${signature} (${category})`,
      status: text(alert, 'action') ?? 'reported',
      details: Object.fromEntries(Object.entries(record).filter(([name]) => !NOT_TAKEN.has(name))),
    },
  };
}

/** Inverted: 1 is the highest. It is the rule's class, not the harm: 1 holds chat programs too, so never critical. */
function severityOf(alert: JsonObject): { severity: Severity; severityBasis: string } {
  const stated = number(alert, 'severity');
  if (stated === undefined || !Number.isInteger(stated) || stated < 1) {
    return { severity: 'info', severityBasis: 'the alert states no known severity' };
  }
  const severity = SURICATA_SEVERITIES[stated] ?? 'info';
  return { severity, severityBasis: `alert.severity ${stated} of 1 (highest) to 4` };
}

/** What the rule says is the target (keyword `target`); else where the packet went. Which of the two is ours it never says. */
function assetOf(record: JsonObject, alert: JsonObject): Asset {
  const address = text(object(alert, 'target'), 'ip') ?? text(record, 'dest_ip', 'src_ip');
  return address === undefined ? UNKNOWN_ASSET : hostAsset(address);
}
