import { scoreOf, severityOfScore } from '../severity.ts';
import type { Severity } from '../types.ts';
import type { XmlElement } from '../xml/read-xml.ts';

/** CVEs kept of one finding; a port of an old server can have hundreds. */
const MAX_CVES = 64;

export interface ScriptAssessment {
  readonly severity: Severity;
  readonly basis: string;
  /** A script of nmap's `vulns` library says VULNERABLE. */
  readonly vulnerable: boolean;
  /** Highest score first. `cvss` is the text of the report. */
  readonly cves: readonly { readonly id: string; readonly cvss: string }[];
  /** How many there were before the list was cut. */
  readonly cveCount: number;
}

/** A line of the vulners script: white space, id, white space, score, white space, link. */
const VULNERS_LINE =
  /^[ \t]{0,64}([A-Za-z][A-Za-z0-9:._-]{3,63})[ \t]{1,16}([0-9]{1,2}(?:\.[0-9]{1,2})?)(?:[ \t]|$)/;

/**
 * nmap has no severity. What scripts say is taken: the highest CVSS score of `vulners` or `vulscan`-like tables,
 * else high where a script states VULNERABLE, else info.
 */
export function assessScripts(scripts: readonly XmlElement[]): ScriptAssessment {
  const cves = new Map<string, string>();
  let vulnerable = false;
  for (const script of scripts) {
    vulnerable ||= statesVulnerable(script);
    if (script.attributes.id === 'vulners') {
      collectLines(script.attributes.output ?? '', cves);
      collectTables(script, cves);
    }
  }
  const sorted = [...cves].map(([id, cvss]) => ({ id, cvss }));
  sorted.sort((a, b) => Number(b.cvss) - Number(a.cvss) || (a.id < b.id ? -1 : 1));
  const top = sorted[0];
  const scored = top === undefined ? null : severityOfScore(Number(top.cvss));
  const rest = { vulnerable, cves: sorted.slice(0, MAX_CVES), cveCount: sorted.length };
  if (scored !== null && top !== undefined) {
    return { severity: scored, basis: `highest CVSS of the vulners script: ${top.cvss}`, ...rest };
  }
  return vulnerable
    ? { severity: 'high', basis: 'a script states VULNERABLE', ...rest }
    : { severity: 'info', basis: 'nmap states no severity', ...rest };
}

function collectLines(output: string, cves: Map<string, string>): void {
  for (const line of output.split('\n')) {
    const match = VULNERS_LINE.exec(line);
    if (match !== null) {
      keepHighest(cves, match[1] ?? '', match[2] ?? '');
    }
  }
}

/** `<table><elem key="cvss">5.0</elem><elem key="id">CVE-…</elem></table>`, at any level. */
function collectTables(element: XmlElement, cves: Map<string, string>): void {
  const values = new Map(element.children.map((child) => [child.attributes.key ?? '', child.text.trim()]));
  const id = values.get('id');
  const cvss = values.get('cvss');
  if (id !== undefined && cvss !== undefined) {
    keepHighest(cves, id, cvss);
  }
  for (const child of element.children) {
    if (child.name === 'table') {
      collectTables(child, cves);
    }
  }
}

/** Only CVEs: other ids of vulners are exploits and duplicates of the same flaw, often scored otherwise. */
function keepHighest(cves: Map<string, string>, id: string, cvss: string): void {
  const score = scoreOf(cvss);
  if (!/^CVE-[0-9]{4}-[0-9]{4,7}$/i.test(id) || score === null || score > 10) {
    return;
  }
  const key = id.toUpperCase();
  if (score > Number(cves.get(key) ?? -1)) {
    cves.set(key, cvss.trim());
  }
}

/** The `vulns` library writes an element `state`: VULNERABLE, LIKELY VULNERABLE, VULNERABLE (Exploitable). */
function statesVulnerable(element: XmlElement): boolean {
  return element.children.some(
    (child) =>
      (child.name === 'elem' &&
        child.attributes.key === 'state' &&
        /^(?:LIKELY )?VULNERABLE\b/.test(child.text.trim())) ||
      (child.name === 'table' && statesVulnerable(child)),
  );
}
