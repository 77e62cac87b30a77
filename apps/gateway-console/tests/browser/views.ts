/** Every place of the navigation, with its heading. Details are reached from here. */
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
  { name: 'trust', place: '/trust' },
  { name: 'audit', place: '/audit' },
  { name: 'verify', place: '/verify' },
];
