import { join } from 'node:path';
import { parseFile } from '@nyxera/federation-protocol/audit-proof';
import { z } from 'zod';
import type { LoggedRequest } from './check-log-file.ts';
import { type EvidenceFolder, STORY_FILE } from './evidence-folder.ts';
import { type FolderFault, folderFault } from './folder-fault.ts';
import { readBoundedText } from './read-bounded-text.ts';

/** Of a story that is told beside the evidence, the part that evidence can hold it to. */
const storySchema = z.object({
  steps: z
    .array(
      z.object({
        name: z.string().max(1_024),
        /** The request that this step is about, and what became of it. */
        proof: z.object({ request_id: z.guid(), code: z.string().max(64) }).nullish(),
      }),
    )
    .max(10_000),
});

export type StoryCheck =
  | {
      readonly ok: true;
      /** null: nobody tells one. */
      readonly steps: number | null;
      readonly file: string | null;
    }
  | { readonly ok: false; readonly fault: FolderFault };

/** That each step which names a request says of it what the log says. */
export function checkStory(
  directory: string,
  folder: EvidenceFolder,
  logged: ReadonlyMap<string, LoggedRequest>,
): StoryCheck {
  if (folder.files[STORY_FILE] === undefined) return { ok: true, steps: null, file: null };
  const failed = (code: FolderFault['code'], place: string, detail: string): StoryCheck => ({
    ok: false,
    fault: folderFault(code, place, detail),
  });
  const text = readBoundedText(join(directory, STORY_FILE));
  const story = text === null ? null : parseFile(storySchema, text);
  if (story === null) return failed('file_invalid', STORY_FILE, 'this is no story of a run');
  let steps = 0;
  for (const [at, { proof }] of story.steps.entries()) {
    if (proof === null || proof === undefined) continue;
    const place = `${STORY_FILE} step ${at + 1}`;
    const found = logged.get(proof.request_id);
    if (found === undefined) return failed('story_differs', place, 'the log has no such request');
    if (!found.codes.includes(proof.code)) {
      return failed(
        'story_differs',
        place,
        `it tells of ${proof.code}; the log says ${found.codes.join(', ')}`,
      );
    }
    steps += 1;
  }
  return { ok: true, steps, file: STORY_FILE };
}
