/**
 * Puts assignments into the text of an environment file (`SPECTRASTRIKE_CONFIG_FILE`): a name that is there
 * keeps its line, the others are appended; comments and foreign lines stay. Values are single-quoted, so that
 * a shell may source the file and nothing in them is executed.
 */
export function setEnvironmentLines(text: string, values: Readonly<Record<string, string>>): string {
  const left = new Map(Object.entries(values));
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  const changed = lines.map((line) => {
    const name = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=/.exec(line)?.[1];
    const value = name === undefined ? undefined : left.get(name);
    if (name === undefined || value === undefined) return line;
    left.delete(name);
    return assignment(name, value);
  });
  const added = [...left].map(([name, value]) => assignment(name, value));
  return [...changed, ...added].map((line) => `${line}\n`).join('');
}

function assignment(name: string, value: string): string {
  // A line feed would begin another assignment; no setting has one.
  return `${name}='${value.replaceAll(/[\r\n]/g, '').replaceAll("'", "'\\''")}'`;
}
