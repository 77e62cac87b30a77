/** One thumbprint in 64 begins with a dash: where `key revoke` and its like want a kid, it is one, and no option. */
export function kidsAsArguments(argv: readonly string[]): readonly string[] {
  const [group, command, kid, ...rest] = argv;
  if (group !== 'key' || command === undefined || kid === undefined) return argv;
  const isThumbprint = /^-[A-Za-z0-9_-]{42}$/.test(kid) && !rest.includes('--');
  return isThumbprint ? [group, command, ...rest, '--', kid] : argv;
}
