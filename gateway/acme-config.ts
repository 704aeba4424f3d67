/** A certification authority, by ACME. */
export interface AuthorityConfig {
  directory: string;
  /** Of an account made elsewhere, where the authority wants one: `kid` and `hmacKey` (base64url) are given once by it. */
  binding?: { kid: string; hmacKey: string };
}

type Env = Readonly<Record<string, string | undefined>>;

/** Let's Encrypt: free, and believed by every browser. */
const AUTHORITIES = "https://acme-v02.api.letsencrypt.org/directory";

/** ACME directories, in the order in which they are asked. @param refuse makes the error of a setting that can't work */
function readDirectories(env: Env, refuse: (sentence: string) => Error): string[] {
  const directories = wordsIn(env.CLARATEACH_ACME || AUTHORITIES);
  const wrong = directories.find((each) => !URL.canParse(each) || new URL(each).protocol !== "https:");
  if (wrong === undefined) return directories;
  throw refuse(
    `CLARATEACH_ACME names "${wrong.slice(0, 200)}"; set it to ACME directories, https addresses with spaces between.`,
  );
}

/** The same with the accounts that they know us by. @param refuse makes the error of a setting that can't work */
export function readAuthorities(env: Env, refuse: (sentence: string) => Error): AuthorityConfig[] {
  const directories = readDirectories(env, refuse);
  const hosts = directories.map((directory) => new URL(directory).host);
  const bindings = new Map(wordsIn(env.CLARATEACH_ACME_BINDINGS ?? "").map((word) => readBinding(word, hosts, refuse)));
  return directories.map((directory, i) => {
    const binding = bindings.get(hosts[i] ?? "");
    return { directory, ...(binding && { binding }) };
  });
}

function readBinding(
  text: string,
  hosts: readonly string[],
  refuse: (sentence: string) => Error,
): [host: string, binding: { kid: string; hmacKey: string }] {
  const [, host = "", kid = "", hmacKey = ""] = /^([a-z0-9.:-]+)=([^:=]{1,300}):([A-Za-z0-9_-]{16,500}={0,2})$/.exec(text) ?? [];
  if (hosts.includes(host)) return [host, { kid, hmacKey }];
  // The key isn't repeated: it is a secret.
  const shown = text.split(/[=:]/, 1)[0]?.slice(0, 100);
  const like =
    "HOST=KID:KEY with the host of a directory in CLARATEACH_ACME, like dv.acme-v02.api.pki.goog=abc123:bXktaG1hYy1rZXk";
  throw refuse(`CLARATEACH_ACME_BINDINGS has an entry for "${shown}" that can't work; set each to ${like}.`);
}

const wordsIn = (text: string): string[] => text.split(/[\s,]+/).filter((each) => each !== "");
