/** What a measured program is given beside what every program of ours gets (packages/testing, `programEnvironment`). */
export type Environment = Readonly<Record<string, string>>;
