import type { Secrets } from "../cloud.ts";
import type { Account, Accounts } from "./account.ts";

/** Accounts in the secret store: whoever has an account's key can have certificates for our names. */
export const sealedAccounts = (secrets: Pick<Secrets, "get" | "put">): Accounts => ({
  account: async (name) => {
    const known = await secrets.get(secretOf(name));
    return known === undefined ? undefined : (JSON.parse(known) as Account);
  },
  saveAccount: (name, account) => secrets.put(secretOf(name), JSON.stringify(account)),
});

const secretOf = (name: string): string => `acme-${name}`;
