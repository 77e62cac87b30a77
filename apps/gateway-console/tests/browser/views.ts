/** Every place of the navigation, and what lies below it without a name of something stored. */
export interface View {
  readonly name: string;
  /** Below `/console`. */
  readonly place: string;
}

export const VIEWS: readonly View[] = [
  { name: 'overview', place: '/' },
  { name: 'events', place: '/events' },
  { name: 'findings', place: '/findings' },
  { name: 'attack', place: '/attack' },
  { name: 'refusals', place: '/refusals' },
  { name: 'security', place: '/security' },
  { name: 'feedback', place: '/feedback' },
  { name: 'feedback-issue', place: '/feedback/issue' },
  { name: 'trust', place: '/trust' },
  { name: 'trust-identities', place: '/trust/identities' },
  { name: 'trust-tenants', place: '/trust/tenants' },
  { name: 'trust-mappings', place: '/trust/mappings' },
  { name: 'trust-rotations', place: '/trust/rotations' },
  { name: 'trust-upkeep', place: '/trust/upkeep' },
  { name: 'audit', place: '/audit' },
  { name: 'verify', place: '/verify' },
];
