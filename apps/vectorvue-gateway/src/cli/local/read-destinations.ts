import { withConfigFile } from '../../config/config-file.ts';
import { FORWARD_VARIABLE, loadForwardSettings } from '../../forward/load-settings.ts';
import type { DestinationSettings } from '../../forward/settings.ts';
import { ConfigurationFaults } from '../configuration-faults.ts';
import type { CliIo } from '../io.ts';

/** The destinations of the settings file that this command line sees. */
export function readDestinations(io: CliIo): readonly DestinationSettings[] {
  const { variables, faults } = withConfigFile(io.environment);
  if (faults.length > 0) throw new ConfigurationFaults(faults);
  const path = variables[FORWARD_VARIABLE]?.trim() ?? '';
  const loaded = loadForwardSettings(path === '' ? null : path);
  if (!loaded.ok) throw new ConfigurationFaults(loaded.faults);
  return loaded.destinations;
}

/** Where records go, for a person. */
export function describeTarget(destination: DestinationSettings): string {
  switch (destination.type) {
    case 'syslog':
      return `${destination.host}:${destination.port}`;
    case 'http':
      return destination.url;
    case 'file':
      return destination.path;
  }
}
