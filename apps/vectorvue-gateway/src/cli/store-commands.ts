import type { StoreCommand } from './command.ts';
import { auditCheckpoint } from './commands/audit-checkpoint.ts';
import { auditExportPage } from './commands/audit-export-page.ts';
import { auditKey } from './commands/audit-key.ts';
import { auditList } from './commands/audit-list.ts';
import { auditProve } from './commands/audit-prove.ts';
import { auditVerify } from './commands/audit-verify.ts';
import { backup } from './commands/backup.ts';
import { consoleLink } from './commands/console-link.ts';
import { consoleSessionsList, consoleSessionsRevoke } from './commands/console-sessions.ts';
import { consoleUserAdd, consoleUserList, consoleUserRemove } from './commands/console-user.ts';
import { eventsList } from './commands/events-list.ts';
import { eventsShow } from './commands/events-show.ts';
import { evidenceVerifyPage } from './commands/evidence-verify-page.ts';
import { findingsClose, findingsReopen, findingsSuppress } from './commands/findings-change.ts';
import { findingsList } from './commands/findings-list.ts';
import { forwardRewind } from './commands/forward-rewind.ts';
import { forwardStatus } from './commands/forward-status.ts';
import { identityLimit } from './commands/identity-limit.ts';
import { identityList } from './commands/identity-list.ts';
import { identityPin } from './commands/identity-pin.ts';
import { identityResume, identitySuspend } from './commands/identity-state.ts';
import { identityUnpin } from './commands/identity-unpin.ts';
import { keyExport } from './commands/key-export.ts';
import { keyGenerate } from './commands/key-generate.ts';
import { keyImport } from './commands/key-import.ts';
import { keyList } from './commands/key-list.ts';
import { keyActivate, keyRetire, keyRevoke } from './commands/key-move.ts';
import { keyRotate } from './commands/key-rotate.ts';
import { keyShow } from './commands/key-show.ts';
import { peerAdd } from './commands/peer-add.ts';
import { retentionApply } from './commands/retention-apply.ts';
import { retentionList } from './commands/retention-list.ts';
import { retentionSet } from './commands/retention-set.ts';
import { storeStatus } from './commands/store-status.ts';
import { tenantCreate } from './commands/tenant-create.ts';
import { tenantList } from './commands/tenant-list.ts';
import { tenantMap } from './commands/tenant-map.ts';
import { tenantResume, tenantSuspend } from './commands/tenant-state.ts';
import { tenantUnmap } from './commands/tenant-unmap.ts';

/** Every command that works on the store, here or through the socket. In the order of `--help`. */
export const STORE_COMMANDS: readonly StoreCommand[] = [
  peerAdd,
  identityPin,
  identityUnpin,
  identitySuspend,
  identityResume,
  identityLimit,
  identityList,
  tenantCreate,
  tenantMap,
  tenantUnmap,
  tenantSuspend,
  tenantResume,
  tenantList,
  keyGenerate,
  keyImport,
  keyActivate,
  keyRetire,
  keyRevoke,
  keyRotate,
  keyList,
  keyShow,
  keyExport,
  eventsList,
  eventsShow,
  evidenceVerifyPage,
  findingsList,
  findingsClose,
  findingsSuppress,
  findingsReopen,
  auditList,
  auditVerify,
  auditProve,
  auditCheckpoint,
  auditKey,
  forwardStatus,
  forwardRewind,
  auditExportPage,
  consoleLink,
  consoleSessionsList,
  consoleSessionsRevoke,
  consoleUserAdd,
  consoleUserList,
  consoleUserRemove,
  retentionList,
  retentionSet,
  retentionApply,
  backup,
  storeStatus,
];

/** Exact names only. */
export function findStoreCommand(name: string): StoreCommand | null {
  return STORE_COMMANDS.find((command) => command.name === name) ?? null;
}
