import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROGRAMS } from '../../demo/processes.ts';

/** A folder to work in, and a PATH on which the built programs have the names that documents call them by. */
export function makeDesk(directory: string): { readonly desk: string; readonly path: string } {
  const bin = join(directory, 'bin');
  const desk = join(directory, 'desk');
  mkdirSync(bin);
  mkdirSync(desk);
  putProgram(bin, 'vectorvue-gateway', `exec '${process.execPath}' '${PROGRAMS.gateway}' "$@"`);
  putProgram(bin, 'spectrastrike-agent', `exec '${process.execPath}' '${PROGRAMS.agent}' "$@"`);
  return { desk, path: `${bin}:${process.env.PATH}` };
}

export function putProgram(folder: string, name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
}
