import type { Command } from 'commander';
import { withConfigFile } from '../../config/config-file.ts';
import { loadRules, RULES_VARIABLE } from '../../feedback/load-rules.ts';
import { ConfigurationFaults } from '../configuration-faults.ts';
import { defineCommand } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';
import type { CliIo } from '../io.ts';
import type { Report } from '../program.ts';

/** `rules show`: the text of the rules that hold, ready to be kept as a file and changed. */
export function registerRulesShow(program: Command, io: CliIo, report: Report): void {
  defineCommand(program, 'rules show', {
    summary: `the feedback rules that hold: ${RULES_VARIABLE}, else the default ones`,
    example: 'rules show > rules.yaml',
  }).action((options) => {
    const { variables } = withConfigFile(io.environment);
    const path = variables[RULES_VARIABLE]?.trim() ?? '';
    const rules = loadRules(path === '' ? null : path);
    if (!rules.ok) throw new ConfigurationFaults(rules.faults);
    report(
      {
        json: { source: path === '' ? 'default' : path, text: rules.text },
        lines: rules.text.replace(/\n$/, '').split('\n'),
        exitCode: EXIT.ok,
      },
      options,
    );
  });
}
