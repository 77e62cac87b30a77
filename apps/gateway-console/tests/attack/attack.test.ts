import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { ATTACK_TABLE } from '../../src/views/attack/attack-table.ts';
import { LAYER_VERSION, navigatorLayer } from '../../src/views/attack/layer.ts';
import { buildMatrix } from '../../src/views/attack/matrix.ts';
import { drawMatrix } from '../../src/views/attack/picture.ts';
import { pictureSvg } from '../../src/views/attack/picture-svg.ts';
import { shadeOf } from '../../src/views/attack/shade.ts';

const counted = (technique: string, events: number, findings = 0, high = 0, critical = 0) => ({
  technique,
  events,
  findings,
  high,
  critical,
});
const ABOUT = {
  mode: 'coverage' as const,
  tenant: null,
  from: '2026-01-01T00:00:00Z',
  to: '2026-01-31T00:00:00Z',
};

/** The property tables of "ATT&CK Navigator Layer File Format Definition", version 4.5, of what is written here. */
const colour = z.string().regex(/^#[0-9a-f]{6}$/i);
const layerSchema = z.strictObject({
  name: z.string().min(1),
  versions: z.strictObject({
    attack: z.string().regex(/^\d+$/),
    navigator: z.string().refine((text) => Number(text.split('.')[0]) >= 5, 'at least 4.9.0'),
    layer: z.literal('4.5'),
  }),
  domain: z.enum(['enterprise-attack', 'mobile-attack', 'ics-attack']),
  description: z.string(),
  sorting: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]),
  layout: z.strictObject({
    layout: z.enum(['side', 'flat', 'mini']),
    showID: z.boolean(),
    showName: z.boolean(),
    expandedSubtechniques: z.enum(['none', 'all', 'annotated']),
  }),
  hideDisabled: z.boolean(),
  techniques: z.array(
    z.strictObject({
      techniqueID: z.string().regex(/^T\d{4}(?:\.\d{3})?$/),
      score: z.number(),
      color: colour,
      comment: z.string(),
      enabled: z.boolean(),
      showSubtechniques: z.boolean(),
    }),
  ),
  gradient: z
    .strictObject({ colors: z.array(colour).min(2), minValue: z.number(), maxValue: z.number() })
    .refine(({ minValue, maxValue }) => maxValue > minValue),
  legendItems: z.array(z.strictObject({ label: z.string(), color: colour })),
  selectTechniquesAcrossTactics: z.boolean(),
  selectSubtechniquesWithParent: z.boolean(),
  metadata: z.array(z.strictObject({ name: z.string(), value: z.string() })),
});

test('a technique stands under each of its tactics, with its sub-techniques added up', () => {
  const matrix = buildMatrix(ATTACK_TABLE, [
    counted('T1059', 2),
    counted('T1059.001', 5, 3, 2, 1),
    counted('T1078', 1),
    counted('T1064', 4),
    counted('T9999', 1),
  ]);
  expect(matrix.columns.map(({ tactic }) => tactic.name)).toHaveLength(14);
  const execution = matrix.columns.find(({ tactic }) => tactic.id === 'TA0002');
  const cell = execution?.cells.find(({ id }) => id === 'T1059');
  expect(cell).toMatchObject({ events: 7, findings: 3, critical: 1, own: { events: 2, findings: 0 } });
  expect(matrix.columns.filter(({ cells }) => cells.some(({ id }) => id === 'T1078')).length).toBeGreaterThan(
    3,
  );
  expect([matrix.seen, matrix.found]).toEqual([2, 1]);
  expect(
    matrix.elsewhere.map(({ id, former }) => [id, former?.state ?? 'unknown', former?.replacedBy ?? null]),
  ).toEqual([
    ['T1064', 'deprecated', null],
    ['T9999', 'unknown', null],
  ]);
  expect(cell === undefined ? [] : [shadeOf(cell, 'coverage'), shadeOf(cell, 'findings')]).toEqual([
    'c1',
    'critical',
  ]);
});

test('an exported layer is one of the Navigator, version 4.5, whatever was counted', () => {
  const ids = [...ATTACK_TABLE.techniques.map(({ id }) => id), 'T9999', 'T1064'];
  const number = fc.nat(2_000_000);
  const rows = fc.uniqueArray(
    fc.record({
      technique: fc.constantFrom(...ids),
      events: number,
      findings: number,
      high: number,
      critical: number,
    }),
    { selector: ({ technique }) => technique, maxLength: 40 },
  );
  fc.assert(
    fc.property(rows, fc.constantFrom('coverage' as const, 'findings' as const), (found, mode) => {
      const layer = navigatorLayer(buildMatrix(ATTACK_TABLE, found), ATTACK_TABLE, { ...ABOUT, mode });
      layerSchema.parse(JSON.parse(JSON.stringify(layer)));
      const written = layer.techniques.map(({ techniqueID }) => techniqueID);
      expect(new Set(written).size).toBe(written.length);
      const known = new Set(ATTACK_TABLE.techniques.map(({ id }) => id));
      for (const row of found) {
        const isSeen = (mode === 'coverage' ? row.events : row.findings) > 0;
        if (known.has(row.technique) && isSeen) expect(written).toContain(row.technique);
      }
    }),
    { numRuns: 40 },
  );
  expect(LAYER_VERSION).toBe('4.5');
  expect(navigatorLayer(buildMatrix(ATTACK_TABLE, []), ATTACK_TABLE, ABOUT).description).toContain(
    'The MITRE Corporation',
  );
});

test('a picture is XML with all of the matrix, and whatever is written on it is text', () => {
  const matrix = buildMatrix(ATTACK_TABLE, [counted('T1566', 12, 2, 0, 2)]);
  const hostile = `tenant <script>alert(1)</script> & "'\u0007`;
  const svg = pictureSvg(drawMatrix(matrix, 'findings', ['ATT&CK', hostile], ATTACK_TABLE.copyright));
  expect(svg).toContain('tenant &lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;&apos;\ufffd');
  expect(svg).not.toMatch(/<(?!\/?(?:svg|rect|text)\b)|\bon\w+=|href/);
  expect(svg).not.toContain('\u0007');
  expect(svg).toContain('T1566  ◆ 2');
  const cells = matrix.columns.reduce((sum, { cells }) => sum + cells.length, 0);
  expect(svg.match(/<rect /g)?.length).toBeGreaterThan(cells);
  expect(svg).toContain('The MITRE Corporation');
});
