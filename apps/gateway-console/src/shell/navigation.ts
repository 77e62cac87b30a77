import type { IconName } from '../components/icon.tsx';

export interface NavigationItem {
  readonly to: string;
  readonly label: string;
  readonly icon: IconName;
}

export interface NavigationGroup {
  readonly label: string;
  readonly items: readonly NavigationItem[];
}

/** The side navigation, in the order of the questions that a reader asks. */
export const NAVIGATION: readonly NavigationGroup[] = [
  { label: 'Now', items: [{ to: '/', label: 'Overview', icon: 'overview' }] },
  {
    label: 'Evidence',
    items: [
      { to: '/events', label: 'Events', icon: 'events' },
      { to: '/findings', label: 'Findings', icon: 'findings' },
      { to: '/attack', label: 'ATT&CK', icon: 'matrix' },
    ],
  },
  {
    label: 'Gateway',
    items: [
      { to: '/refusals', label: 'Refusals', icon: 'refusals' },
      { to: '/security', label: 'Security events', icon: 'shield' },
    ],
  },
  {
    label: 'Response',
    items: [
      { to: '/feedback', label: 'Feedback', icon: 'feedback' },
      { to: '/trust', label: 'Trust', icon: 'key' },
    ],
  },
  {
    label: 'Proof',
    items: [
      { to: '/audit', label: 'Audit log', icon: 'log' },
      { to: '/verify', label: 'Verify a proof', icon: 'seal' },
    ],
  },
];
