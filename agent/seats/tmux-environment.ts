/** What a seat's programs know; undefined: no more. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What tmux is told before any other command, so that the shells it makes from now on have it: a server that was there before knows only what
 * it was started with.
 */
export const setEnvironment = (environment: Environment): string[] =>
  Object.entries(environment).flatMap(([name, value]) => ["set-environment", ...change(name, value), ";"]);

const change = (name: string, value: string | undefined): string[] => (value === undefined ? ["-gu", name] : ["-g", name, value]);
