import { statSync } from 'node:fs';

const OTHERS_MAY_WRITE = 0o002;

/** What is wrong with a file or folder of the operator that `mayOthersWrite`. */
export const OTHERS_MAY_WRITE_PROBLEM = 'may be written by every user: chmod o-w it';

/** Whether every user of the machine may change it: then it says nothing about what the operator wants. Throws as statSync does. */
export function mayOthersWrite(path: string): boolean {
  return (statSync(path).mode & OTHERS_MAY_WRITE) !== 0;
}
