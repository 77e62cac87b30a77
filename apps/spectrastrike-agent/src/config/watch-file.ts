import { readFileSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { errnoCode } from '@nyxera/federation-cli';
import { z } from 'zod';
import { faultsOf, parseYaml, REPORT_FORMATS, type ReportFormat } from '../intake/index.ts';
import { mayOthersWrite, OTHERS_MAY_WRITE_PROBLEM } from './may-others-write.ts';
import type { Settings } from './settings.ts';

export const WATCH_FILE_VARIABLE = 'SPECTRASTRIKE_WATCH_FILE';

/** A folder whose reports are taken, and how. */
export interface WatchedFolder {
  /** Absolute. */
  readonly path: string;
  /** Whose reports they are; null: the only tenant's that is configured. */
  readonly tenantId: string | null;
  /** Of the events of its reports. */
  readonly campaignId: string;
  /** What all its reports are; null: whatever their content says. */
  readonly format: ReportFormat | null;
  /** The name of the mapping by which they are read; where and only where the format is `jsonl`. */
  readonly mapping: string | null;
}

const MAX_BYTES = 1024 * 1024;
const TENANT_ID = /^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$/;

const FOLDER = z.strictObject({
  path: z.string().refine(isAbsolute, 'is no absolute path'),
  tenant: z.string().regex(TENANT_ID, 'is no UUID').optional(),
  campaign: z.string().refine(isCampaign, 'is not 1 to 128 characters').optional(),
  format: z.enum(REPORT_FORMATS).optional(),
  mapping: z.string().optional(),
});
const FILE = z.strictObject({ folders: z.array(FOLDER).min(1).max(1024) });

/** Code points, as PROTOCOL.md section 7 counts; no database column holds U+0000. */
export function isCampaign(text: string): boolean {
  return text !== '' && [...text].length <= 128 && !text.includes('\u0000');
}

/**
 * `SPECTRASTRIKE_WATCH_FILE`: a YAML file of watched folders, each with its tenant, campaign, format and mapping. It is the
 * operator's, like that of the routes, and no file in the folder itself: whoever may drop a report there must not
 * choose whose events it becomes.
 */
export function readWatchFile(
  settings: Settings,
  mappingNames: ReadonlySet<string>,
  campaignId: string,
): readonly WatchedFolder[] {
  const setting = settings.find(WATCH_FILE_VARIABLE);
  if (setting === null) return [];
  let bytes: Uint8Array;
  try {
    if (mayOthersWrite(setting.value)) {
      settings.fault(WATCH_FILE_VARIABLE, OTHERS_MAY_WRITE_PROBLEM);
      return [];
    }
    bytes = readFileSync(setting.value);
  } catch (error) {
    const why = errnoCode(error) ?? 'unknown error';
    settings.fault(WATCH_FILE_VARIABLE, `names a file that cannot be read (${why})`);
    return [];
  }
  const parsed = parseWatchFile(bytes, mappingNames, campaignId);
  for (const problem of parsed.problems) settings.fault(WATCH_FILE_VARIABLE, problem);
  return parsed.folders;
}

/** Every problem at once, each with its place; a misspelt member is one, since its folder would go to another tenant. */
export function parseWatchFile(
  bytes: Uint8Array,
  mappingNames: ReadonlySet<string>,
  campaignId: string,
): { readonly folders: readonly WatchedFolder[]; readonly problems: readonly string[] } {
  // Every scalar is text: a campaign that looks like a number stays what it is.
  const parsed = parseYaml(bytes, MAX_BYTES, 'failsafe');
  const checked = parsed.ok ? FILE.safeParse(parsed.value) : null;
  if (checked?.success !== true) {
    const faults = parsed.ok ? faultsOf(checked?.error.issues ?? []) : parsed.faults;
    const problems = faults.map(({ path, expected }) => `${path === '' ? 'the whole' : path}: ${expected}`);
    return { folders: [], problems };
  }
  const problems: string[] = [];
  const folders = checked.data.folders.map((folder, index): WatchedFolder => {
    const { path, tenant = null, campaign = campaignId, format = null, mapping = null } = folder;
    if ((format === 'jsonl') !== (mapping !== null)) {
      problems.push(`folders/${index}: format jsonl and mapping go together`);
    } else if (mapping !== null && !mappingNames.has(mapping)) {
      problems.push(`folders/${index}/mapping: there is no such mapping in SPECTRASTRIKE_MAPPINGS_DIR`);
    }
    return { path: resolve(path), tenantId: tenant, campaignId: campaign, format, mapping };
  });
  return { folders, problems };
}
