import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from "jose";
import { LEARNER_TOKEN_SECONDS, type LearnerClaims, MACHINE_TOKEN_SECONDS } from "../../agent/contract/claims.ts";
import type { Secrets } from "../../provision/cloud.ts";

/** The gateway's signing key. Agents and `/.well-known/jwks.json` get the public half. */
export interface Keys {
  /** Public, with `kid`. */
  public: (JWK & Record<string, unknown>)[];
  /** @returns a token good for entering one seat within 15 minutes */
  learnerToken(claims: Omit<LearnerClaims, "iss" | "exp">): Promise<string>;
  /** @returns a token good for calls to one machine for 60 s */
  machineToken(machine: string): Promise<string>;
}

const SECRET_NAME = "gateway-signing-key";

/** Reads the key from the secret store, or makes it there. @param issuer `iss` of every token: the public address */
export async function openKeys(secrets: Secrets, issuer: string): Promise<Keys> {
  const jwk = (await savedKey(secrets)) ?? (await newKey(secrets));
  const { d: _, ...open } = jwk;
  const key = await importJWK(jwk, "EdDSA");
  const header = { alg: "EdDSA", kid: jwk.kid ?? "" };
  const sign = (claims: Record<string, unknown>, seconds: number) =>
    new SignJWT(claims)
      .setProtectedHeader(header)
      .setIssuer(issuer)
      .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
      .sign(key);
  return {
    public: [open],
    learnerToken: (claims) => sign(claims, LEARNER_TOKEN_SECONDS),
    machineToken: (machine) => sign({ aud: machine, scope: "machine" }, MACHINE_TOKEN_SECONDS),
  };
}

async function savedKey(secrets: Secrets): Promise<JWK | undefined> {
  const text = await secrets.get(SECRET_NAME);
  return text === undefined ? undefined : (JSON.parse(text) as JWK);
}

async function newKey(secrets: Secrets): Promise<JWK> {
  const { privateKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), kid: crypto.randomUUID().slice(0, 8), use: "sig", alg: "EdDSA" };
  await secrets.put(SECRET_NAME, JSON.stringify(jwk));
  return jwk;
}
