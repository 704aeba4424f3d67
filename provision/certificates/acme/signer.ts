import { createHash, createHmac, createPrivateKey, createPublicKey, sign } from "node:crypto";

/** What every call to an authority is signed with: a P-256 key, ES256 (RFC 8555 §6.2). */
export interface Signer {
  /** @param payload undefined: the call only reads (§6.3) */
  sign(header: { url: string; nonce: string; kid?: string }, payload: object | undefined): Signed;
  /** Says that the authority's customer `kid` has this key (§7.3.4). @param hmacKey base64url */
  bind(url: string, kid: string, hmacKey: string): Signed;
  /** The answer to a challenge (§8.1). */
  keyAuthorization(token: string): string;
}

/** A flattened JSON web signature (RFC 7515 §7.2.2). */
export interface Signed {
  protected: string;
  payload: string;
  signature: string;
}

/** @param pem of a P-256 key */
export function openSigner(pem: string): Signer {
  const key = createPrivateKey(pem);
  const { crv, kty, x, y } = createPublicKey(key).export({ format: "jwk" });
  // In the order in which the thumbprint wants them (RFC 7638 §3.2).
  const jwk = { crv, kty, x, y };
  const thumbprint = createHash("sha256").update(JSON.stringify(jwk)).digest("base64url");
  return {
    sign: ({ url, nonce, kid }, payload) => {
      const who = kid === undefined ? { jwk } : { kid };
      return signed({ alg: "ES256", url, nonce, ...who }, payload, (text) =>
        sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" }),
      );
    },
    bind: (url, kid, hmacKey) =>
      signed({ alg: "HS256", kid, url }, jwk, (text) =>
        createHmac("sha256", Buffer.from(hmacKey, "base64url")).update(text).digest(),
      ),
    keyAuthorization: (token) => `${token}.${thumbprint}`,
  };
}

function signed(header: object, payload: object | undefined, sign: (text: string) => Buffer): Signed {
  const head = encoded(header);
  const body = payload === undefined ? "" : encoded(payload);
  return { protected: head, payload: body, signature: sign(`${head}.${body}`).toString("base64url") };
}

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
