import { readdirSync, readFileSync } from 'node:fs';

export interface Memory {
  readonly nowMiB: number;
  /** Of each process its own highest (`VmHWM`), added up, also where they were not at the same time. */
  readonly peakMiB: number;
}

/** Resident memory of a process and all below it (a gateway's workers); null where /proc is not there. */
export function memoryOfTree(pid: number): Memory | null {
  const own = memoryOf(pid);
  if (own === null) return null;
  const below = childrenOf(pid)
    .map(memoryOfTree)
    .filter((memory) => memory !== null);
  return {
    nowMiB: below.reduce((sum, memory) => sum + memory.nowMiB, own.nowMiB),
    peakMiB: below.reduce((sum, memory) => sum + memory.peakMiB, own.peakMiB),
  };
}

export function memoryOf(pid: number): Memory | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const field = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+([0-9]+) kB$`, 'm').exec(status)?.[1] ?? Number.NaN) / 1024;
    return { nowMiB: field('VmRSS'), peakMiB: field('VmHWM') };
  } catch {
    return null;
  }
}

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .map(Number)
    .filter((candidate) => parentOf(candidate) === pid);
}

function parentOf(pid: number): number | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^PPid:\s+([0-9]+)$/m.exec(status)?.[1]);
  } catch {
    return null;
  }
}

/** How many files a process may have open at once; null where that is not told. */
export function openFileLimit(): number | null {
  try {
    const found = /^Max open files\s+([0-9]+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return found === undefined ? null : Number(found);
  } catch {
    return null;
  }
}
