import type { DefaultRow } from './defaults.ts';

/** By a word of the rule's name (after its vendor: "ET SCAN …"), which says more than its class. */
export const SURICATA_BY_WORD: readonly (DefaultRow & { readonly word: string })[] = [
  {
    word: 'SCAN',
    technique: 'T1595',
    reason: 'the rule recognises a scan from outside: Active Scanning',
  },
  {
    word: 'COINMINER',
    technique: 'T1496',
    reason: 'the rule recognises mining of coins: Resource Hijacking',
  },
];

/** By the class of the rule as Suricata's classification.config calls it, lower-cased. */
export const SURICATA_BY_CATEGORY: Readonly<Record<string, DefaultRow>> = {
  'attempted information leak': {
    technique: 'T1595',
    reason: 'the traffic tries to learn about the target: Active Scanning',
  },
  'detection of a network scan': {
    technique: 'T1595',
    reason: 'the traffic is a network scan: Active Scanning',
  },
  'web application attack': {
    technique: 'T1190',
    reason: 'the traffic attacks a web application: Exploit Public-Facing Application',
  },
  'attempted administrator privilege gain': {
    technique: 'T1190',
    reason: 'the traffic attacks an exposed service: Exploit Public-Facing Application',
  },
  'attempted user privilege gain': {
    technique: 'T1190',
    reason: 'the traffic attacks an exposed service: Exploit Public-Facing Application',
  },
  'exploit kit activity detected': {
    technique: 'T1189',
    reason: 'an exploit kit was visited: Drive-by Compromise',
  },
  'possible social engineering attempted': {
    technique: 'T1566',
    reason: 'somebody is to be deceived: Phishing',
  },
  'attempted denial of service': {
    technique: 'T1499',
    reason: 'the traffic tries to exhaust a host: Endpoint Denial of Service',
  },
  'detection of a denial of service attack': {
    technique: 'T1498',
    reason: 'the traffic is an attack on availability: Network Denial of Service',
  },
  'crypto currency mining activity detected': {
    technique: 'T1496',
    reason: 'coins are mined: Resource Hijacking',
  },
  'misc attack': {
    technique: 'T1190',
    reason: 'traffic from a known attacker reaches an exposed service: Exploit Public-Facing Application',
  },
};

export const SURICATA_DEFAULT: DefaultRow = {
  technique: 'T1071',
  reason: 'a rule on network traffic matched, and says no more: Application Layer Protocol',
};

export interface OcsfTraits {
  readonly hasMalware: boolean;
  readonly hasVulnerabilities: boolean;
  readonly isContainer: boolean;
  readonly isCloud: boolean;
}

/** Tried from the top. */
export const OCSF_BY_TRAIT: readonly (DefaultRow & { readonly trait: keyof OcsfTraits })[] = [
  {
    trait: 'hasMalware',
    technique: 'T1204.002',
    reason: 'the finding names malware: User Execution: Malicious File',
  },
  {
    trait: 'hasVulnerabilities',
    technique: 'T1190',
    reason: 'the finding names vulnerabilities: Exploit Public-Facing Application',
  },
  {
    trait: 'isContainer',
    technique: 'T1613',
    reason: 'a check shows how containers are set up: Container and Resource Discovery',
  },
  {
    trait: 'isCloud',
    technique: 'T1580',
    reason: 'a check shows how cloud resources are set up: Cloud Infrastructure Discovery',
  },
];

export const OCSF_DEFAULT: DefaultRow = {
  technique: 'T1082',
  reason: 'a finding describes a system, and says no more: System Information Discovery',
};

/** @param signature e.g. "ET SCAN Potential SSH Scan" */
export function suricataDefault(signature: string, category: string): DefaultRow {
  const words = new Set(signature.split(' ').slice(0, 3));
  const byWord = SURICATA_BY_WORD.find(({ word }) => words.has(word));
  const key = category.toLowerCase();
  const byCategory = Object.hasOwn(SURICATA_BY_CATEGORY, key) ? SURICATA_BY_CATEGORY[key] : undefined;
  return byWord ?? byCategory ?? SURICATA_DEFAULT;
}

export function ocsfDefault(traits: OcsfTraits): DefaultRow {
  return OCSF_BY_TRAIT.find(({ trait }) => traits[trait]) ?? OCSF_DEFAULT;
}
