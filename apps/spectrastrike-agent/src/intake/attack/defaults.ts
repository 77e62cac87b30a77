import type { TechniqueNamed } from '../types.ts';

/**
 * What a finding is taken for where the report names no technique: the technique that an adversary would use to
 * obtain or to exploit what the finding shows. Always marked `inferred`. Reviewed as a table; a change here is a
 * change of MAPPING_VERSION.
 */
export interface DefaultRow {
  readonly technique: string;
  readonly reason: string;
}

export const NMAP_DEFAULTS = {
  port: {
    technique: 'T1046',
    reason: 'a port scan observes network services: Network Service Discovery',
  },
  script: {
    technique: 'T1046',
    reason: 'a script of a port scan describes a network service: Network Service Discovery',
  },
  vulnerable: {
    technique: 'T1210',
    reason: 'a script reports a vulnerable network service: Exploitation of Remote Services',
  },
} as const satisfies Record<string, DefaultRow>;

/** Tried from the top; the first row of which a tag (whole, lower-cased) is on the template counts. */
export const NUCLEI_BY_TAG: readonly (DefaultRow & { readonly tags: readonly string[] })[] = [
  {
    tags: ['default-login', 'default-logins'],
    technique: 'T1078.001',
    reason: 'the template logs in with a vendor default: Default Accounts',
  },
  {
    tags: ['bruteforce', 'brute-force'],
    technique: 'T1110',
    reason: 'the template concerns guessing of passwords: Brute Force',
  },
  {
    tags: [
      'cve',
      'rce',
      'sqli',
      'lfi',
      'rfi',
      'ssrf',
      'xxe',
      'ssti',
      'injection',
      'deserialization',
      'kev',
      'vuln',
    ],
    technique: 'T1190',
    reason: 'the template shows an exploitable flaw of an exposed service: Exploit Public-Facing Application',
  },
  {
    tags: ['xss', 'redirect', 'open-redirect'],
    technique: 'T1189',
    reason: 'the flaw turns visitors of the site against themselves: Drive-by Compromise',
  },
  {
    tags: ['takeover'],
    technique: 'T1584.001',
    reason: 'a name of the target can be taken over: Compromise Infrastructure: Domains',
  },
  {
    tags: [
      'exposure',
      'exposures',
      'config',
      'backup',
      'logs',
      'files',
      'token',
      'tokens',
      'keys',
      'credential',
    ],
    technique: 'T1552.001',
    reason: 'a file or configuration that may hold secrets is exposed: Credentials In Files',
  },
  {
    tags: ['panel', 'login'],
    technique: 'T1133',
    reason: 'a management interface is reachable from outside: External Remote Services',
  },
];

/** By nuclei's own protocol type, where no tag decides. */
export const NUCLEI_BY_TYPE: Readonly<Record<string, DefaultRow>> = {
  dns: {
    technique: 'T1590.002',
    reason: 'the template reads DNS records of the target: Gather Victim Network Information: DNS',
  },
  whois: {
    technique: 'T1596.002',
    reason: 'the template reads the registration of a domain: Search Open Technical Databases: WHOIS',
  },
  ssl: {
    technique: 'T1596.003',
    reason:
      'the template reads the certificate of a service: Search Open Technical Databases: Digital Certificates',
  },
};

export const NUCLEI_CVE: DefaultRow = {
  technique: 'T1190',
  reason: 'the template is classified with a CVE: Exploit Public-Facing Application',
};

export const NUCLEI_DEFAULT: DefaultRow = {
  technique: 'T1595.002',
  reason: 'a vulnerability scanner matched a template on the target: Active Scanning: Vulnerability Scanning',
};

/** By CWE number; the first CWE of the result (then of its rule) that is in the table counts. */
export const SARIF_BY_CWE: readonly (DefaultRow & { readonly cwe: readonly number[] })[] = [
  {
    cwe: [256, 257, 259, 260, 312, 313, 321, 522, 523, 532, 538, 540, 615, 798],
    technique: 'T1552.001',
    reason: 'secrets are kept where they can be read: Unsecured Credentials: Credentials In Files',
  },
  {
    cwe: [77, 78, 88],
    technique: 'T1059',
    reason: 'input reaches a command interpreter: Command and Scripting Interpreter',
  },
  {
    cwe: [79, 80, 601, 1021, 1022],
    technique: 'T1189',
    reason: 'the flaw turns visitors of the site against themselves: Drive-by Compromise',
  },
  {
    cwe: [250, 266, 269, 732],
    technique: 'T1068',
    reason: 'more rights are held or given than needed: Exploitation for Privilege Escalation',
  },
  {
    cwe: [287, 290, 306, 307, 346, 384, 613, 640],
    technique: 'T1212',
    reason: 'authentication can be passed without its secret: Exploitation for Credential Access',
  },
  {
    cwe: [295, 297, 310, 311, 319, 326, 327, 328, 330, 331, 338, 757, 916],
    technique: 'T1040',
    reason: 'weak or absent cryptography exposes what is sent: Network Sniffing',
  },
  {
    cwe: [377, 379, 362, 367, 59],
    technique: 'T1068',
    reason: 'a race or a followed link can be won by a local user: Exploitation for Privilege Escalation',
  },
  {
    cwe: [829, 830, 494, 506, 1104],
    technique: 'T1195.001',
    reason:
      'code of others is taken in unchecked: Supply Chain Compromise: Dependencies and Development Tools',
  },
  {
    cwe: [400, 674, 770, 835, 1333],
    technique: 'T1499.004',
    reason: 'input can exhaust the program: Endpoint Denial of Service: Application or System Exploitation',
  },
];

export const SARIF_DEFAULT: DefaultRow = {
  technique: 'T1190',
  reason: 'static analysis found a flaw that an attacker may reach: Exploit Public-Facing Application',
};

export function inferred(row: DefaultRow): readonly TechniqueNamed[] {
  return [{ id: row.technique, basis: 'inferred', reason: row.reason }];
}

/** @param tags lower-cased */
export function nucleiDefault(tags: ReadonlySet<string>, type: string, hasCve: boolean): DefaultRow {
  const byTag = NUCLEI_BY_TAG.find((row) => row.tags.some((tag) => tags.has(tag)));
  if (byTag !== undefined) {
    return byTag;
  }
  if (hasCve) {
    return NUCLEI_CVE;
  }
  return (Object.hasOwn(NUCLEI_BY_TYPE, type) ? NUCLEI_BY_TYPE[type] : undefined) ?? NUCLEI_DEFAULT;
}

/** @param cwes numbers, most specific first */
export function sarifDefault(cwes: readonly number[]): DefaultRow {
  for (const number of cwes) {
    const row = SARIF_BY_CWE.find(({ cwe }) => cwe.includes(number));
    if (row !== undefined) {
      return { technique: row.technique, reason: `CWE-${number}: ${row.reason}` };
    }
  }
  return SARIF_DEFAULT;
}
