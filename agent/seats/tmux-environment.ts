/**
 * What tmux is told before any other command, so that the shells it makes from now on have it: a server that was there before knows only what
 * it was started with.
 */
export const setEnvironment = (environment: Readonly<Record<string, string>>): string[] =>
  Object.entries(environment).flatMap(([name, value]) => ["set-environment", "-g", name, value, ";"]);
