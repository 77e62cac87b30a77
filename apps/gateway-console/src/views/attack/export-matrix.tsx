import { Menu } from '@base-ui/react/menu';
import { useState } from 'react';
import { ExportChoices } from '../../components/export-menu.tsx';
import menu from '../../components/menu.module.css';
import { saveFile } from '../../components/save-file.ts';
import type { AttackTable } from './attack-table.ts';
import { type LayerAbout, navigatorLayer } from './layer.ts';
import type { Matrix } from './matrix.ts';
import { drawMatrix } from './picture.ts';
import { picturePng } from './picture-png.ts';
import { pictureSvg } from './picture-svg.ts';

/** The matrix as a file; made in this browser of what is shown. */
export function ExportMatrix({
  matrix,
  table,
  about,
}: {
  readonly matrix: Matrix;
  readonly table: AttackTable;
  readonly about: LayerAbout;
}) {
  const [isRefused, setRefused] = useState(false);
  const stem = `attack-${about.mode}`;
  const picture = () =>
    drawMatrix(
      matrix,
      about.mode,
      [
        `ATT&CK ${about.mode}`,
        `${about.tenant === null ? 'All tenants of the reader' : `Tenant ${about.tenant}`}, ${about.from} to ${about.to}: ${matrix.seen} of ${matrix.techniques} techniques seen, ${matrix.found} with findings`,
      ],
      `ATT&CK ${table.version}. ${table.copyright}`,
    );
  const savePng = async (): Promise<void> => {
    const file = await picturePng(picture()).catch(() => null);
    setRefused(file === null);
    if (file !== null) saveFile(`${stem}.png`, file);
  };
  return (
    <>
      <ExportChoices>
        <Menu.Item className={menu.item} onClick={() => void savePng()}>
          PNG picture
        </Menu.Item>
        <Menu.Item
          className={menu.item}
          onClick={() =>
            saveFile(`${stem}.svg`, new Blob([pictureSvg(picture())], { type: 'image/svg+xml' }))
          }
        >
          SVG picture
        </Menu.Item>
        <Menu.Item
          className={menu.item}
          onClick={() =>
            saveFile(
              `${stem}.layer.json`,
              new Blob([`${JSON.stringify(navigatorLayer(matrix, table, about), null, 1)}\n`], {
                type: 'application/json',
              }),
            )
          }
        >
          ATT&CK Navigator layer (4.5)
        </Menu.Item>
      </ExportChoices>
      <span role="status" className="visually-hidden">
        {isRefused && 'The browser could not make the picture; the SVG has the same'}
      </span>
    </>
  );
}
