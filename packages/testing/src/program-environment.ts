import { accountVariables } from './config.ts';
import { compileCache } from './run-templates.ts';

/**
 * What a program of ours needs around its settings, so that nothing of the developer's shell decides what it does; with
 * the compile cache of a run.
 */
export function programEnvironment(settings: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { ...accountVariables(), TZ: 'UTC', ...compileCache(), ...settings };
}
