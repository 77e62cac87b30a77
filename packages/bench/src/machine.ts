import { cpus, loadavg, totalmem } from 'node:os';
import type { Report } from './report.ts';

/** What a number has to be read with. Call it at the end: the second load average is that of now. */
export function describeMachine(
  generatorCore: number | null,
  postgresSettings: readonly string[],
  loadAverageBefore: readonly number[],
): Report['machine'] {
  return {
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? 'unknown',
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    generatorCore,
    memoryMiB: totalmem() / 1024 / 1024,
    postgresSettings,
    loadAverageBefore,
    loadAverageAfter: loadavg(),
  };
}
