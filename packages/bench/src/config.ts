/** The only reader of the environment: what the measured programs are given beside their own settings. */
export type Environment = Readonly<Record<string, string>>;

/** A clean environment, so that nothing of the developer's shell decides what is measured. */
export function environmentOf(variables: Environment = {}): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: process.env.HOME, TZ: 'UTC', ...variables };
}
