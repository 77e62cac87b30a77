import { isIP } from 'node:net';
import { type Asset, hostAsset, UNKNOWN_ASSET } from '../asset.ts';
import { inferred, NMAP_DEFAULTS } from '../attack/defaults.ts';
import { observedAt, unixSecondsToRfc3339 } from '../time.ts';
import type {
  Adapter,
  Fault,
  IntakeItem,
  Observation,
  ReadContext,
  Reading,
  ReportSource,
} from '../types.ts';
import { readXml, type XmlElement } from '../xml/read-xml.ts';
import { hostDetails, portDetails, scriptDetails } from './nmap-details.ts';
import { assessScripts, type ScriptAssessment } from './nmap-scripts.ts';

const STATE_CODES: Readonly<Record<string, string>> = {
  open: 'open',
  closed: 'closed',
  filtered: 'filtered',
  unfiltered: 'unfiltered',
  'open|filtered': 'open-filtered',
  'closed|filtered': 'closed-filtered',
};

interface Scan {
  startedAt: string | null;
  version: string | undefined;
  hosts: number;
  /** Items so far, faults among them: the ordinal of the next. */
  taken: number;
  /** Those that were not handed out yet. */
  items: IntakeItem[];
  recordedAt: string;
}

/**
 * nmap XML (`-oX`). One observation for each listed port, whatever its state, and one for each script that
 * belongs to a host or to the scan instead of a port. A host without ports is not a finding.
 */
export const nmapAdapter: Adapter = {
  format: 'nmap',
  detect: (shape) => shape.kind === 'xml' && shape.root === 'nmaprun',
  read,
};

function read(source: ReportSource, context: ReadContext): Reading {
  const scan: Scan = {
    startedAt: null,
    version: undefined,
    hosts: 0,
    taken: 0,
    items: [],
    recordedAt: context.recordedAt,
  };
  return { items: itemsOf(source, scan), startedAt: () => scan.startedAt, surveyed: () => false };
}

/** What a piece of the XML completed is handed out before the next piece is read. */
function* itemsOf(source: ReportSource, scan: Scan): Generator<IntakeItem> {
  let root = '';
  const reading = readXml(source.chunks(), {
    onOpen: (depth, name, attributes) => {
      if (depth === 0) {
        root = name;
        scan.startedAt = unixSecondsToRfc3339(attributes.start);
        scan.version = attributes.version;
      }
    },
    onChild: (element) => takeChild(scan, element),
  });
  for (;;) {
    const step = reading.next();
    if (root !== '' && root !== 'nmaprun') {
      yield refusedAsAWhole({ where: 'line 1', expected: 'a root element named nmaprun' });
      return;
    }
    yield* scan.items.splice(0);
    if (step.done === true) {
      const noRoot = root === '' ? { where: 'line 1', expected: 'a root element named nmaprun' } : null;
      const fault = step.value ?? noRoot;
      if (fault !== null) yield refusedAsAWhole(fault);
      return;
    }
  }
}

function refusedAsAWhole(fault: Fault): IntakeItem {
  return { ok: false, fault: { code: 'report_malformed', ...fault }, fatal: true };
}

function takeChild(scan: Scan, element: XmlElement): void {
  if (element.name === 'host') {
    takeHost(scan, element, scan.hosts++);
  } else if (element.name === 'prescript' || element.name === 'postscript') {
    const time = observedAt(scan.startedAt, scan.recordedAt);
    for (const [index, script] of childrenOf(element, 'script').entries()) {
      takeScript(scan, script, `${element.name}.script[${index}]`, UNKNOWN_ASSET, time, element.name, {});
    }
  }
}

function takeHost(scan: Scan, host: XmlElement, index: number): void {
  const asset = assetOf(host);
  const time = observedAt(
    unixSecondsToRfc3339(host.attributes.endtime) ??
      unixSecondsToRfc3339(host.attributes.starttime) ??
      scan.startedAt,
    scan.recordedAt,
  );
  const details = hostDetails(host, scan.version);
  const ports = childrenOf(host, 'ports').flatMap((list) => childrenOf(list, 'port'));
  for (const [at, port] of ports.entries()) {
    takePort(scan, port, `host[${index}].port[${at}]`, asset, time, details);
  }
  const scripts = childrenOf(host, 'hostscript').flatMap((list) => childrenOf(list, 'script'));
  for (const [at, script] of scripts.entries()) {
    takeScript(scan, script, `host[${index}].hostscript[${at}]`, asset, time, 'hostscript', details);
  }
}

type Time = ReturnType<typeof observedAt>;

function takePort(
  scan: Scan,
  port: XmlElement,
  where: string,
  asset: Asset,
  time: Time,
  host: Observation['details'],
): void {
  const number = port.attributes.portid ?? '';
  const protocol = port.attributes.protocol ?? '';
  const state = childrenOf(port, 'state')[0]?.attributes.state ?? '';
  const code = Object.hasOwn(STATE_CODES, state) ? STATE_CODES[state] : undefined;
  if (!/^[0-9]{1,5}$/.test(number) || Number(number) > 65535) {
    refuse(scan, where, 'portid: a port number of 0..65535');
    return;
  }
  if (!/^[a-z]{1,8}$/.test(protocol) || code === undefined) {
    refuse(scan, where, 'a protocol name and a state that nmap writes (open, closed, filtered, …)');
    return;
  }
  const scripts = childrenOf(port, 'script');
  const assessment = assessScripts(scripts);
  const details = { ...host, ...portDetails(port, scripts, assessment) };
  push(scan, where, asset, time, assessment, {
    eventType: `nmap.port.${code}`,
    status: code,
    details,
    description: describePort(port, `${Number(number)}/${protocol}`, state, asset.assetRef),
    technique: NMAP_DEFAULTS.port,
  });
}

function takeScript(
  scan: Scan,
  script: XmlElement,
  where: string,
  asset: Asset,
  time: Time,
  phase: 'hostscript' | 'prescript' | 'postscript',
  host: Observation['details'],
): void {
  const assessment = assessScripts([script]);
  push(scan, where, asset, time, assessment, {
    eventType: `nmap.${phase}`,
    status: assessment.vulnerable ? 'vulnerable' : 'observed',
    details: { ...host, ...scriptDetails(script, assessment) },
    description: `nmap ${phase} ${script.attributes.id ?? 'without id'} on ${asset.assetRef}`,
    technique: NMAP_DEFAULTS.script,
  });
}

function push(
  scan: Scan,
  where: string,
  asset: Asset,
  time: Time,
  assessment: ScriptAssessment,
  own: Pick<Observation, 'eventType' | 'status' | 'details'> & {
    description: string;
    technique: { technique: string; reason: string };
  },
): void {
  const { technique, ...rest } = own;
  scan.items.push({
    ok: true,
    observation: {
      ...asset,
      ...time,
      ...rest,
      ordinal: scan.taken++,
      where,
      sourceSystem: 'nmap',
      severity: assessment.severity,
      severityBasis: assessment.basis,
      techniques: inferred(assessment.vulnerable ? NMAP_DEFAULTS.vulnerable : technique),
    },
  });
}

function refuse(scan: Scan, where: string, expected: string): void {
  scan.taken++;
  scan.items.push({ ok: false, fault: { where, expected } });
}

function childrenOf(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

/** The first IP address; else a host name; else whatever the address says ("IP" in a real report, or a MAC). */
function assetOf(host: XmlElement): Asset {
  const addresses = childrenOf(host, 'address').map(({ attributes }) => attributes.addr ?? '');
  const ip = addresses.find((address) => isIP(address) !== 0);
  const names = childrenOf(host, 'hostnames').flatMap((list) => childrenOf(list, 'hostname'));
  const name = names.map(({ attributes }) => attributes.name ?? '').find((text) => text !== '');
  return hostAsset(ip ?? name ?? addresses.find((address) => address !== '') ?? '');
}

function describePort(port: XmlElement, name: string, state: string, asset: string): string {
  const service = childrenOf(port, 'service')[0]?.attributes;
  const what = [service?.name, service?.product, service?.version].filter(Boolean).join(' ');
  return `${name} ${state} on ${asset}${what === '' ? '' : `: ${what}`}`;
}
