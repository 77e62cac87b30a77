import { EmptyState } from '../../components/empty-state.tsx';
import { Page } from '../../components/page.tsx';

export function Audit() {
  return (
    <Page title="Audit log">
      <EmptyState title="Not built yet">This view comes with a later change.</EmptyState>
    </Page>
  );
}
