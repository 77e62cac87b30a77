import { EmptyState } from '../components/empty-state.tsx';
import { Page } from '../components/page.tsx';

export function SignIn() {
  return (
    <Page title="Sign in">
      <EmptyState title="Nobody is signed in">
        On the gateway's host, run <code>vectorvue-gateway console</code> and open the link that it prints.
      </EmptyState>
    </Page>
  );
}
