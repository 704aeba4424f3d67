import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { der, ECDSA_SHA256, fieldsOf, oid, pem, TAG, wholeOf } from "./der.ts";

const LABEL = "CERTIFICATE REQUEST";
/** Of a P-256 key it has 500 bytes, and as many more with the longest names. */
const LENGTH_LIMIT = 4096;

/**
 * A request for a certificate (PKCS #10, RFC 2986; PEM): node:crypto can't make them.
 * @param privateKeyPem a P-256 key @param hosts what the certificate is to be good for; the subject stays empty, nobody reads it any more
 */
export function certificateRequest(privateKeyPem: string, hosts: readonly string[]): string {
  const key = createPrivateKey(privateKeyPem);
  const content = contentOf(createPublicKey(key).export({ type: "spki", format: "der" }), hosts);
  return pem(der(TAG.sequence, content, ECDSA_SHA256, der(TAG.bits, Buffer.of(0), sign("sha256", content, key))), LABEL);
}

/**
 * Whether it is one as above: for these hosts and nothing else, with a P-256 key, signed by that key. Whoever has a machine's word may
 * say anything; an authority would sign it.
 */
export function isRequestFor(request: string, hosts: readonly string[]): boolean {
  if (request.length > LENGTH_LIMIT) return false;
  try {
    const [content, , signature] = fieldsOf(bytesIn(request));
    const [, , spki] = fieldsOf(content?.whole);
    const key = createPublicKey({ key: Buffer.from(spki?.whole ?? ""), type: "spki", format: "der" });
    const expected = contentOf(key.export({ type: "spki", format: "der" }), hosts);
    const isSame = isP256(key) && content !== undefined && expected.equals(content.whole);
    return isSame && verify("sha256", expected, key, signature?.body.subarray(1) ?? Buffer.of());
  } catch {
    return false;
  }
}

/** Exactly one request and nothing around it. */
function bytesIn(request: string): Buffer {
  const text = new RegExp(`^-----BEGIN ${LABEL}-----\\n([A-Za-z0-9+/=\\n]+)-----END ${LABEL}-----\\n?$`).exec(request)?.[1] ?? "";
  return wholeOf(Buffer.from(text, "base64"));
}

const isP256 = ({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean =>
  asymmetricKeyType === "ec" && asymmetricKeyDetails?.namedCurve === "prime256v1";

/** What is signed. @param spki the public key, DER */
function contentOf(spki: Buffer, hosts: readonly string[]): Buffer {
  const names = der(TAG.sequence, ...hosts.map((host) => der(0x82, Buffer.from(host, "ascii"))));
  const extension = der(TAG.sequence, oid("2.5.29.17"), der(TAG.octets, names));
  const wishes = der(TAG.sequence, oid("1.2.840.113549.1.9.14"), der(TAG.set, der(TAG.sequence, extension)));
  return der(TAG.sequence, der(TAG.integer, Buffer.of(0)), der(TAG.sequence), spki, der(0xa0, wishes));
}
