import { useAnswer } from '../../api/hooks.ts';

/** Whether what is changed about such an action waits for a second person. */
export function useTwoPersons(action: string): boolean {
  const settings = useAnswer('/feedback/settings');
  return action === 'deny' && settings.data?.two_person_deny === true;
}
