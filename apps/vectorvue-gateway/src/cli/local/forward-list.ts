import type { Command } from 'commander';
import { FORWARD_VARIABLE } from '../../forward/load-settings.ts';
import { cell } from '../answer.ts';
import { defineCommand } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';
import type { CliIo } from '../io.ts';
import type { Report } from '../program.ts';
import { describeTarget, readDestinations } from './read-destinations.ts';

/** `forward list`: what the settings file says, once it has been checked. */
export function registerForwardList(program: Command, io: CliIo, report: Report): void {
  defineCommand(program, 'forward list', {
    summary: `the destinations of ${FORWARD_VARIABLE}`,
    example: 'forward list',
    notes: '"forward status" shows how far they are.',
  }).action((options) => {
    const destinations = readDestinations(io).map((destination) => ({
      name: destination.name,
      type: destination.type,
      target: describeTarget(destination),
      format: destination.format,
      tenants: destination.filter.tenants ?? null,
      classes: destination.filter.classes ?? null,
      codes: destination.filter.codes ?? null,
      min_level: destination.filter.min_level ?? null,
    }));
    report(
      {
        json: { destinations },
        table: {
          head: ['name', 'type', 'target', 'format', 'tenants', 'classes', 'codes', 'from level'],
          rows: destinations.map((row) => [
            row.name,
            row.type,
            row.target,
            row.format,
            cell(row.tenants),
            cell(row.classes),
            cell(row.codes),
            row.min_level ?? 'all',
          ]),
        },
        lines: destinations.length === 0 ? ['nothing is forwarded'] : [],
        exitCode: EXIT.ok,
      },
      options,
    );
  });
}
