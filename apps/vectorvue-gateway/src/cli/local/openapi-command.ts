import type { Command } from 'commander';
import { openApiText } from '../../openapi/write-document.ts';
import { defineCommand } from '../define-option.ts';
import type { CliIo } from '../io.ts';

/** `openapi`: the document of the federation endpoints, which is JSON with and without `--json`. */
export function registerOpenApi(program: Command, io: CliIo): void {
  defineCommand(program, 'openapi', {
    summary: 'print the OpenAPI 3.1 document of the federation endpoints',
    example: 'openapi > federation.json',
    notes:
      'For integrators in other languages. The same is served as /openapi.json on the administration listener.',
  }).action(() => io.stdout.write(openApiText()));
}
