import { EmptyState } from '../../components/empty-state.tsx';
import { Page } from '../../components/page.tsx';

export function Trust() {
  return (
    <Page title="Trust">
      <EmptyState title="Not built yet">This view comes with a later change.</EmptyState>
    </Page>
  );
}
