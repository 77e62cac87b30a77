import { ERROR_CODES, type ErrorCode } from '@nyxera/federation-protocol';

/** From something to know to something to be woken for. The words are also those of OCSF severities. */
export const LEVELS = ['info', 'low', 'medium', 'high', 'critical'] as const;
export type Level = (typeof LEVELS)[number];

export interface SecurityEvent {
  readonly level: Level;
  /**
   * `audit`: an entry of class security is written (before authentication: up to a number per minute and code), so
   * it is forwarded and can alert. `metrics`: only counted, because there is no request that it could be about.
   */
  readonly kept: 'audit' | 'metrics';
  /** One sentence. */
  readonly meaning: string;
}

const audited = <Code extends ErrorCode>(code: Code, level: Level) =>
  ({ [code]: { level, kept: 'audit', meaning: ERROR_CODES[code].meaning } }) as {
    readonly [C in Code]: SecurityEvent;
  };

/**
 * Every security event there is: somebody tried what they may not, or something is not what it was. The code is the
 * contract (PROTOCOL.md section 17, and two of our own for what is no request yet); README.md repeats this table.
 *
 * Levels: `medium` is mostly a mapping that an operator forgot, `high` needs a key, a pin or a body that is not what
 * it should be, `critical` means that trust itself was crossed.
 */
export const SECURITY_EVENTS = {
  ...audited('peer_identity_rejected', 'high'),
  ...audited('signature_invalid', 'high'),
  ...audited('signed_header_mismatch', 'high'),
  ...audited('signed_metadata_mismatch', 'high'),
  ...audited('operator_not_mapped', 'medium'),
  ...audited('operator_not_permitted', 'high'),
  ...audited('tenant_mapping_violation', 'high'),
  ...audited('key_domain_violation', 'critical'),
  ...audited('replay_detected', 'high'),
  ...audited('event_conflict', 'high'),
  ...audited('audit_fork_detected', 'critical'),
  tls_handshake_failed: {
    level: 'low',
    kept: 'metrics',
    meaning:
      'A TLS handshake with the federation listener failed, for example without a certificate of the CA.',
  },
  http_malformed: {
    level: 'low',
    kept: 'metrics',
    meaning: 'A connection was closed because it did not speak HTTP as it is written.',
  },
} as const satisfies Readonly<Record<string, SecurityEvent>>;

/** Refusals at the console, which are audited like these and are no events of the federation port: no metric has them. */
export const CONSOLE_LEVELS: Readonly<Record<string, Level>> = {
  role_insufficient: 'medium',
  tenant_forbidden: 'high',
  // Mostly a link that is too old.
  sign_in_refused: 'low',
};

export type SecurityCode = keyof typeof SECURITY_EVENTS;

/** Exact comparison; `toString` and the like are no codes. */
export function isSecurityCode(code: string): code is SecurityCode {
  return Object.hasOwn(SECURITY_EVENTS, code);
}
