/**
 * `node scripts/copy-console.ts`: the built console into this package, which is what is packed and installed. The console is
 * no package of its own for those who install: what it is made of is in its files (`console/licences.md` names it).
 */
import { cpSync } from 'node:fs';

const from = new URL('../../gateway-console/dist/', import.meta.url);
const to = new URL('../console/', import.meta.url);

cpSync(from, to, { recursive: true, filter: (path) => !path.endsWith('manifest.json') });
