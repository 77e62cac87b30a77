import type { FilterField } from '../../components/filter-fields.ts';

const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'];

/** What events and findings are filtered by; the tenant is chosen in the header. */
export const COMMON_FIELDS: readonly FilterField[] = [
  {
    name: 'severity',
    label: 'Severity',
    kind: 'select',
    options: SEVERITIES.map((value) => ({ value, label: value })),
  },
  { name: 'technique', label: 'Technique', placeholder: 'T1059 or T1059.001' },
  { name: 'campaign', label: 'Campaign' },
  { name: 'operator', label: 'Operator' },
  { name: 'fingerprint', label: 'Execution fingerprint', placeholder: '64 hex digits' },
  { name: 'attestation', label: 'Attestation hash', placeholder: '64 hex digits' },
  { name: 'from', label: 'From', kind: 'time' },
  { name: 'to', label: 'To', kind: 'time' },
];
