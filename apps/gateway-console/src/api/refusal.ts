/** One field of a form or filter that the gateway refused, and what is wrong with it. */
export interface FieldFault {
  readonly field: string;
  readonly message: string;
}

/** The gateway answered, and the answer is no. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  /** `role_insufficient`, `filter_invalid`, ...; `http_STATUS` where the answer has none. */
  readonly code: string;
  readonly faults: readonly FieldFault[];

  constructor(status: number, code: string, message: string, faults: readonly FieldFault[]) {
    super(message);
    this.status = status;
    this.code = code;
    this.faults = faults;
  }
}

/** Nothing answered, or a proxy in the gateway's stead: it restarts, or the network is gone. */
export class GatewayAway extends Error {
  override readonly name = 'GatewayAway';
}

/** Reads what a refusal carries; an answer that is no JSON object of ours is a refusal without faults. */
export function refusalFrom(status: number, body: unknown): Refusal {
  const answer: Readonly<Record<string, unknown>> =
    typeof body === 'object' && body !== null ? { ...body } : {};
  const code = typeof answer.code === 'string' ? answer.code : `http_${status}`;
  const message = [answer.message, answer.detail, answer.title].find((text) => typeof text === 'string');
  const faults = Array.isArray(answer.faults) ? answer.faults.flatMap(faultFrom) : [];
  return new Refusal(status, code, message ?? `The gateway answered ${status}.`, faults);
}

function faultFrom(value: unknown): FieldFault[] {
  if (typeof value !== 'object' || value === null) return [];
  const { field, message } = value as { readonly field?: unknown; readonly message?: unknown };
  return typeof field === 'string' && typeof message === 'string' ? [{ field, message }] : [];
}

export function faultsOf(error: unknown): readonly FieldFault[] {
  return error instanceof Refusal ? error.faults : [];
}
