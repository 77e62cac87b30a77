import { Menu } from '@base-ui/react/menu';
import { useState } from 'react';
import { buttonClass } from '../../components/button.tsx';
import { Icon } from '../../components/icon.tsx';
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
      <Menu.Root>
        <Menu.Trigger className={buttonClass}>
          <Icon name="download" size={16} /> Export
        </Menu.Trigger>
        <Menu.Portal>
          <Menu.Positioner sideOffset={4} align="end" className={menu.positioner}>
            <Menu.Popup className={menu.popup}>
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
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
      <span role="status" className="visually-hidden">
        {isRefused && 'The browser could not make the picture; the SVG has the same'}
      </span>
    </>
  );
}
