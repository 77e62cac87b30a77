import type { JsonObject, JsonValue } from '@nyxera/federation-protocol';
import { present } from '../json/members.ts';
import type { XmlElement } from '../xml/read-xml.ts';
import type { ScriptAssessment } from './nmap-scripts.ts';

/** What is kept of a host, on each of its findings: names, addresses, and the best guess of its system. */
export function hostDetails(host: XmlElement, version: string | undefined): JsonObject {
  const named = host.children.filter(({ name }) => name === 'hostnames').flatMap(({ children }) => children);
  const os = host.children
    .filter(({ name }) => name === 'os')
    .flatMap(({ children }) => children)
    .filter(({ name }) => name === 'osmatch')
    .sort((a, b) => Number(b.attributes.accuracy ?? 0) - Number(a.attributes.accuracy ?? 0))[0];
  return present({
    nmap_version: version,
    host_state: host.children.find(({ name }) => name === 'status')?.attributes.state,
    addresses: host.children
      .filter(({ name }) => name === 'address')
      .map(({ attributes }) => pick(attributes, 'addr', 'addrtype', 'vendor')),
    hostnames: named
      .filter(({ name }) => name === 'hostname')
      .map(({ attributes }) => pick(attributes, 'name', 'type')),
    os_match: os === undefined ? undefined : pick(os.attributes, 'name', 'accuracy'),
  });
}

export function portDetails(
  port: XmlElement,
  scripts: readonly XmlElement[],
  assessment: ScriptAssessment,
): JsonObject {
  const state = port.children.find(({ name }) => name === 'state')?.attributes ?? {};
  const service = port.children.find(({ name }) => name === 'service');
  return present({
    port: Number(port.attributes.portid),
    protocol: port.attributes.protocol,
    state: state.state,
    state_reason: state.reason,
    service: service === undefined ? undefined : serviceDetails(service),
    scripts: scripts.length === 0 ? undefined : scripts.map(scriptOutput),
    ...cveDetails(assessment),
  });
}

export function scriptDetails(script: XmlElement, assessment: ScriptAssessment): JsonObject {
  return present({ scripts: [scriptOutput(script)], ...cveDetails(assessment) });
}

function serviceDetails(service: XmlElement): JsonObject {
  const cpe = service.children.filter(({ name }) => name === 'cpe').map(({ text }) => text);
  return present({
    ...pick(
      service.attributes,
      'name',
      'product',
      'version',
      'extrainfo',
      'ostype',
      'devicetype',
      'hostname',
      'tunnel',
      'method',
      'conf',
    ),
    cpe: cpe.length === 0 ? undefined : cpe,
  });
}

function scriptOutput(script: XmlElement): JsonObject {
  return pick(script.attributes, 'id', 'output');
}

function cveDetails(assessment: ScriptAssessment): Record<string, JsonValue | undefined> {
  return assessment.cveCount === 0
    ? {}
    : { cves: assessment.cves.map((cve) => ({ ...cve })), cve_count: assessment.cveCount };
}

function pick(attributes: Readonly<Record<string, string>>, ...names: readonly string[]): JsonObject {
  return present(Object.fromEntries(names.map((name) => [name, attributes[name]])));
}
