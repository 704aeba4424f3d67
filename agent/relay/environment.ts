/** What programs of a seat need to reach Claude. Behind a proxy of the learner's the CLI would send even this address to it. */
export const relayEnvironment = (port: number, token: string): Record<string, string> => ({
  ANTHROPIC_BASE_URL: `http://127.0.0.1:${port}`,
  ANTHROPIC_AUTH_TOKEN: token,
  NO_PROXY: "127.0.0.1,localhost",
  no_proxy: "127.0.0.1,localhost",
});
