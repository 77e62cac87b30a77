import type { AttackTable } from './attack-table.ts';
import type { Cell, Counts, Matrix } from './matrix.ts';
import { countOf, type Mode, SHADES, SHADES_OF, shadeOf } from './shade.ts';

/** The layer format of the ATT&CK Navigator that is written, and the Navigator it asks for. */
export const LAYER_VERSION = '4.5';
const NAVIGATOR_VERSION = '5.1.0';

export interface LayerAbout {
  readonly mode: Mode;
  /** null: all that the reader may see. */
  readonly tenant: string | null;
  readonly from: string;
  readonly to: string;
}

interface LayerTechnique {
  readonly techniqueID: string;
  readonly score: number;
  readonly color: string;
  readonly comment: string;
  readonly enabled: boolean;
  readonly showSubtechniques: boolean;
}

/** A layer of what was seen, for the Navigator: scores are counts, colours those of the picture. */
export function navigatorLayer(matrix: Matrix, table: AttackTable, about: LayerAbout) {
  const { mode, tenant, from, to } = about;
  const cells = new Map(matrix.columns.flatMap(({ cells }) => cells).map((cell) => [cell.id, cell]));
  const techniques = [...cells.values()].flatMap((cell) => techniquesOf(cell, mode));
  const most = Math.max(1, ...techniques.map(({ score }) => score));
  return {
    name: `VectorVue ${mode}`,
    versions: {
      attack: table.version.split('.')[0] ?? table.version,
      navigator: NAVIGATOR_VERSION,
      layer: LAYER_VERSION,
    },
    domain: 'enterprise-attack',
    description: `Accepted events by technique, coloured by ${mode}: ${tenant === null ? 'all tenants' : `tenant ${tenant}`}, from ${from} to ${to}. ${table.copyright}`,
    sorting: 3,
    layout: { layout: 'side', showID: true, showName: true, expandedSubtechniques: 'annotated' },
    hideDisabled: false,
    techniques,
    gradient: { colors: [SHADES.c1.fill, SHADES.c5.fill], minValue: 0, maxValue: most },
    legendItems: SHADES_OF[mode]
      .filter((shade) => shade !== 'none')
      .map((shade) => ({ label: SHADES[shade].label, color: SHADES[shade].fill })),
    selectTechniquesAcrossTactics: true,
    selectSubtechniquesWithParent: false,
    metadata: [
      { name: 'tenant', value: tenant ?? 'all' },
      { name: 'from', value: from },
      { name: 'to', value: to },
    ],
  };
}

function techniquesOf(cell: Cell, mode: Mode): LayerTechnique[] {
  const own = entryOf(
    cell.id,
    cell,
    mode,
    cell.subs.some((sub) => countOf(sub, mode) > 0),
  );
  return [own, ...cell.subs.map((sub) => entryOf(sub.id, sub, mode, false))].filter(
    (entry) => entry.score > 0,
  );
}

function entryOf(id: string, counts: Counts, mode: Mode, showSubtechniques: boolean): LayerTechnique {
  return {
    techniqueID: id,
    score: countOf(counts, mode),
    color: SHADES[shadeOf(counts, mode)].fill,
    comment: `${counts.events} events, ${counts.findings} findings (${counts.critical} critical, ${counts.high} high)`,
    enabled: true,
    showSubtechniques,
  };
}
