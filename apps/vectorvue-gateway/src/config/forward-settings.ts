import { FORWARD_VARIABLE, loadForwardSettings } from '../forward/load-settings.ts';
import { openSender } from '../forward/open-sender.ts';
import type { DestinationSettings } from '../forward/settings.ts';
import type { Settings } from './settings.ts';

/** Where audit entries are forwarded to; every file that a destination names is opened once, to find a bad one at start. */
export async function readForwardSettings(settings: Settings): Promise<readonly DestinationSettings[]> {
  const loaded = loadForwardSettings(settings.text(FORWARD_VARIABLE));
  if (!loaded.ok) {
    settings.faults.push(...loaded.faults);
    return [];
  }
  for (const [index, destination] of loaded.destinations.entries()) {
    const opened = await openSender(destination, { hostname: 'localhost', now: () => 0 });
    if (opened.ok) {
      await opened.sender.close();
      continue;
    }
    for (const { member, problem } of opened.problems) {
      settings.fault(FORWARD_VARIABLE, `destinations.${index}.${member}: ${problem}`);
    }
  }
  return loaded.destinations;
}
