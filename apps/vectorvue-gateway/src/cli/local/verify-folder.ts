import { checkFolder, type FolderFacts } from '../../audit/check-folder.ts';
import type { EvidenceFolder } from '../../audit/evidence-folder.ts';
import type { CommandResult } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { logKeys } from '../log-key-options.ts';
import { readFolder } from './read-folder.ts';

/** `audit verify-proof FOLDER`: what it says at the end is what was proven, and what was not. */
export async function verifyFolder(
  directory: string,
  keys: readonly string[] | undefined,
): Promise<CommandResult> {
  const folder = readFolder(directory);
  const checked = await checkFolder(directory, folder, logKeys(keys ?? [folder.key]));
  if (!checked.ok) {
    const { code, place, detail } = checked.fault;
    return {
      json: { ok: false, fault: { code, place, detail } },
      lines: [`FAULT at ${place}: ${code}: ${detail}`],
      exitCode: EXIT.fault,
    };
  }
  const { facts } = checked;
  return {
    json: {
      ok: true,
      log: folder.log,
      from: folder.from,
      to: folder.to,
      key_from_folder: keys === undefined,
      ...facts,
      codes: { ...facts.codes },
      witnesses: [...facts.witnesses],
      unproven: [...facts.unproven],
    },
    table: {
      head: ['outcome', 'entries'],
      rows: Object.entries(facts.codes).map(([code, count]) => [code, String(count)]),
    },
    lines: sayWhatIsProven(folder, facts, keys === undefined),
    exitCode: EXIT.ok,
  };
}

function sayWhatIsProven(folder: EvidenceFolder, facts: FolderFacts, ownKey: boolean): readonly string[] {
  const { log } = folder;
  const { entries, pruned, requests, withEvidence, witnesses, steps, unproven } = facts;
  return [
    `PROVEN: the ${entries} entries of the log ${log} are exactly those that its key signed: none is missing, changed, added or moved`,
    ...(pruned === 0
      ? []
      : [
          `PROVEN: ${pruned} of them are pruned: of these the hash alone is there and is the one that was signed`,
        ]),
    `PROVEN: each of the ${requests} requests ${timeOf(folder)} has its proof; of ${withEvidence} the signed bytes are there and their signature verifies`,
    ...(steps === null
      ? []
      : [`PROVEN: the ${steps} steps of the story that name a request say of it what the log says`]),
    witnesses.length === 0
      ? 'NOT PROVEN: that the log was shown to anybody else; no witness cosigned this checkpoint'
      : `PROVEN: ${witnesses.join(', ')} cosigned this checkpoint, by the keys that the proofs name`,
    ...(ownKey
      ? ['NOT PROVEN: whose log it is; the key is the one in the folder. Compare it, or give one with --key']
      : []),
    'NOT PROVEN: that everything which happened was entered into the log',
    ...(unproven.length === 0
      ? []
      : [`NOT PROVEN: ${unproven.join(', ')}: as sealed, and to be read as somebody's account`]),
  ];
}

/** Which requests had to be proven: the folder says so itself, and whoever made it may have said less than was asked for. */
function timeOf({ from, to }: EvidenceFolder): string {
  if (from === null && to === null) return 'of the whole log';
  return `recorded ${from === null ? '' : `from ${from} on`}${from !== null && to !== null ? ' and ' : ''}${to === null ? '' : `before ${to}`}`;
}
