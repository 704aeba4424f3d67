import { createHash, generateKeyPairSync } from "node:crypto";
import { openCalls } from "./acme/calls.ts";
import { type AcmeClient, openClient } from "./acme/client.ts";
import { AcmeProblem } from "./acme/problem.ts";
import { openSigner } from "./acme/signer.ts";

/** Who we are at an authority. */
export interface Account {
  /** PEM */
  key: string;
  /** Its address at the authority; unknown until that has answered. */
  url?: string;
}

/** Accounts by their names, kept as long as the gateway. */
export interface Accounts {
  account(name: string): Promise<Account | undefined>;
  saveAccount(name: string, account: Account): Promise<void>;
}

/** An authority, and how it knows us. */
export interface AuthoritySettings {
  /** Address of its ACME directory. */
  directory: string;
  /** An authority that knows its customers by other means gives these two once (RFC 8555 §7.3.4). `hmacKey`: base64url */
  binding?: { kid: string; hmacKey: string };
  /** PEM: whom its own address may be signed by, besides those whom all believe. */
  ca?: string;
}

/** For messages: `acme-v02.api.letsencrypt.org`. */
export const authorityName = (directory: string): string => (URL.canParse(directory) ? new URL(directory).host : directory);

/** One account at each authority, made at the first order. @throws AcmeProblem */
export async function signedUp(settings: AuthoritySettings, accounts: Accounts, signal: AbortSignal): Promise<AcmeClient> {
  const { directory, binding, ca } = settings;
  const name = accountName(directory);
  const { key, url } = (await accounts.account(name)) ?? { key: newKey() };
  const signer = openSigner(key);
  const calls = openCalls(directory, signer, ca);
  if (url !== undefined) return openClient(calls, signer, url);
  await accounts.saveAccount(name, { key });
  const { newAccount } = await calls.directory(signal);
  const bound = binding && { externalAccountBinding: signer.bind(newAccount, binding.kid, binding.hmacKey) };
  // One that was made by a start that was killed before it heard so is told again (§7.3.1).
  const { location = "" } = await calls.post(newAccount, { termsOfServiceAgreed: true, ...bound }, { signal });
  await accounts.saveAccount(name, { key, url: location });
  return openClient(calls, signer, location);
}

/** For whoever keeps it. */
const accountName = (directory: string): string => `account-${createHash("sha256").update(directory).digest("hex").slice(0, 16)}`;

export interface AccountFacts {
  name: string;
  /** A new one has to be bound to what the authority knows already. */
  wantsBinding: boolean;
  /** What the authority says of ours: `valid`, or why it takes it no more. Undefined: there is none yet. */
  status?: string;
}

/** Looks, and makes none. @throws AcmeProblem when nobody answers */
export async function accountAt(settings: AuthoritySettings, accounts: Accounts, signal: AbortSignal): Promise<AccountFacts> {
  const { directory, ca } = settings;
  const name = accountName(directory);
  const { key, url } = (await accounts.account(name)) ?? { key: newKey() };
  const calls = openCalls(directory, openSigner(key), ca);
  const { meta } = await calls.directory(signal);
  const facts = { name, wantsBinding: meta?.externalAccountRequired === true };
  if (url === undefined) return facts;
  const asked = calls.post(url, undefined, { kid: url, signal });
  const status = await asked.then(
    ({ body }) => (body as { status?: string }).status ?? "valid",
    (error: Error) => {
      // Without a type nobody refused: nobody answered.
      if (error instanceof AcmeProblem && error.kind !== "") return error.message;
      throw error;
    },
  );
  return { ...facts, status };
}

/** PEM */
export const newKey = (): string =>
  generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();
