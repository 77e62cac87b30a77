import { EmptyState } from '../../components/empty-state.tsx';
import { Page } from '../../components/page.tsx';

export function Attack() {
  return (
    <Page title="ATT&amp;CK">
      <EmptyState title="Not built yet">This view comes with a later change.</EmptyState>
    </Page>
  );
}
