import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** `src/verify` as a browser gets it, bundled without Node's conditions, written to the path that is given. A process of its own: the bundler's native part does not work in Jest's. */
const [path = ''] = process.argv.slice(2);
const built = await build({
  configFile: false,
  logLevel: 'error',
  root: fileURLToPath(new URL('../../', import.meta.url)),
  build: {
    lib: { entry: 'src/verify/index.ts', formats: ['es'], fileName: 'verify' },
    write: false,
    minify: false,
    target: 'es2022',
  },
});
const [output] = [built].flat();
if (output === undefined || !('output' in output)) throw new Error('nothing was built');
writeFileSync(path, output.output[0].code);
