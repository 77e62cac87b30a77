import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ATTACK_TABLE_URL, attackTable } from '../../src/intake/attack/attack-table.ts';
import * as defaults from '../../src/intake/attack/defaults.ts';
import { namedTechniques } from '../../src/intake/attack/named-techniques.ts';
import { resolveTechniques } from '../../src/intake/attack/resolve-techniques.ts';

function named(...ids: string[]) {
  return ids.map((id) => ({ id, basis: 'report' as const, reason: 'r' }));
}

describe('the shipped table', () => {
  it('carries its notice', () => {
    const licence = readFileSync(new URL('LICENSE-ATTACK.txt', ATTACK_TABLE_URL), 'utf8');
    expect(attackTable().copyright).toMatch(/^© 2025 The MITRE Corporation\./);
    expect(licence).toContain(attackTable().copyright);
    expect(licence).toContain('non-exclusive, royalty-free license');
  });

  it('ends every revoked id at an active one', () => {
    const file = JSON.parse(readFileSync(ATTACK_TABLE_URL, 'utf8')) as { revoked: { id: string }[] };
    expect(file.revoked.length).toBe(132);
    for (const { id } of file.revoked) {
      const { techniques, flags, replaced } = resolveTechniques(named(id));
      expect(techniques).toHaveLength(1);
      expect(attackTable().status(techniques[0] ?? '').kind).toBe('active');
      expect([flags, replaced]).toEqual([{}, { [id]: techniques[0] }]);
    }
  });
});

describe('the defaults', () => {
  const rows: defaults.DefaultRow[] = [
    ...Object.values(defaults.NMAP_DEFAULTS),
    ...defaults.NUCLEI_BY_TAG,
    ...Object.values(defaults.NUCLEI_BY_TYPE),
    ...defaults.SARIF_BY_CWE,
    defaults.NUCLEI_CVE,
    defaults.NUCLEI_DEFAULT,
    defaults.SARIF_DEFAULT,
  ];

  it.each(rows.map((row) => [row.technique, row] as const))(
    '%s is active and has a reason',
    (technique, row) => {
      expect(attackTable().status(technique).kind).toBe('active');
      expect(row.reason.length).toBeGreaterThan(20);
    },
  );

  it('no tag and no CWE is in two rows', () => {
    const tags = defaults.NUCLEI_BY_TAG.flatMap((row) => row.tags);
    const cwes = defaults.SARIF_BY_CWE.flatMap((row) => row.cwe);
    expect(new Set(tags).size).toBe(tags.length);
    expect(new Set(cwes).size).toBe(cwes.length);
  });

  it.each(['constructor', '__proto__', 'toString'])('a type named %s is no row', (type) => {
    expect(defaults.nucleiDefault(new Set(), type, false)).toBe(defaults.NUCLEI_DEFAULT);
    expect(attackTable().status(type)).toEqual({ kind: 'unknown' });
  });
});

describe('resolving', () => {
  it('derives tactics, once each, sorted', () => {
    expect(resolveTechniques(named('T1078', 'T1078.001')).tactics).toEqual([
      'TA0001',
      'TA0003',
      'TA0004',
      'TA0005',
    ]);
  });

  it('merges what becomes the same', () => {
    expect(resolveTechniques(named('T1002', 'T1560')).techniques).toEqual(['T1560']);
  });

  it('leaves out what is beyond 32, and says so', () => {
    const many = Array.from({ length: 40 }, (_, n) => `T9${String(n).padStart(3, '0')}`);
    const { techniques, flags } = resolveTechniques(named(...many));
    expect(techniques).toHaveLength(32);
    expect(flags.T9039).toContain('left out');
  });

  it('finds techniques among words, not in prose', () => {
    const words = [
      'attack.t1059.001',
      'T1190',
      'mitre:T1046',
      'MITRE-ATTACK/T1003',
      'see T1234 there',
      'T12345',
      'CVE-T1190',
    ];
    expect(namedTechniques(words).map(({ id }) => id)).toEqual(['T1059.001', 'T1190', 'T1046', 'T1003']);
  });
});
