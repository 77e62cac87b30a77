import { roles } from './0001-roles.ts';
import { readers } from './0002-readers.ts';
import { trust } from './0003-trust.ts';
import { requests } from './0004-requests.ts';
import { feedback } from './0005-feedback.ts';
import { audit } from './0006-audit.ts';
import { appendAudit } from './0007-append-audit.ts';
import { commitRequests } from './0008-commit-requests.ts';
import { evidenceInline } from './0009-evidence-inline.ts';
import { transparencyLog } from './0010-transparency-log.ts';
import { forwarding } from './0011-forwarding.ts';
import { retention } from './0012-retention.ts';
import { keyring } from './0013-keyring.ts';
import { keyExchange } from './0014-key-exchange.ts';
import { console as consoleTables } from './0015-console.ts';
import { feedbackChanges } from './0016-feedback-changes.ts';
import { consoleTrust } from './0017-console-trust.ts';
import { refusals } from './0018-refusals.ts';
import { attackAndSearch } from './0019-attack-and-search.ts';
import { eventLists } from './0020-event-lists.ts';
import { feedbackLists } from './0021-feedback-lists.ts';
import type { Migration } from './migration.ts';

/** In order. Add at the end; never change what was released. */
export const MIGRATIONS: readonly Migration[] = [
  roles,
  readers,
  trust,
  requests,
  feedback,
  audit,
  appendAudit,
  commitRequests,
  evidenceInline,
  transparencyLog,
  forwarding,
  retention,
  keyring,
  keyExchange,
  consoleTables,
  feedbackChanges,
  consoleTrust,
  refusals,
  attackAndSearch,
  eventLists,
  feedbackLists,
];
