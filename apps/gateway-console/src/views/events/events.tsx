import { EmptyState } from '../../components/empty-state.tsx';
import { Page } from '../../components/page.tsx';

export function Events() {
  return (
    <Page title="Events">
      <EmptyState title="Not built yet">This view comes with a later change.</EmptyState>
    </Page>
  );
}
