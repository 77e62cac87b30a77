/**
 * Why the audit log is not integrated and nothing is signed. Waiting does not mend it; an operator must look.
 * - `gap`, `log_shrunk`, `tree_forked`: the stored log is not the one that was signed before. `audit verify` says where.
 * - `origin_changed`: the configured name is not the one that the log has.
 * - `key_not_active`: the keyring does not let the configured key sign.
 */
export type IntegrationFaultCode = 'gap' | 'log_shrunk' | 'tree_forked' | 'origin_changed' | 'key_not_active';

export class IntegrationFault extends Error {
  override readonly name = 'IntegrationFault';
  readonly code: IntegrationFaultCode;

  constructor(code: IntegrationFaultCode, message: string) {
    super(message);
    this.code = code;
  }
}
