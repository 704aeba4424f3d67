import { createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";
import { certificateRequest } from "../contract/certificate-request.ts";
import { FRONT_DIRECTORY, FRONT_FILE, type FrontDocument } from "../contract/front.ts";
import type { MachineDocument } from "../contract/machine.ts";
import { writeDurably } from "./durable.ts";

/** The front reads its wish as soon as it changes; a door that takes longer isn't shown as open. */
const LOOK_MS = 500;
/** A connection on this computer. */
const KNOCK_MS = 5000;

/** The public door of a machine that stands alone: its key is made here and never leaves; the front beside the agent opens with it. */
export interface Door {
  /** Of the report: what an authority is to sign, and the fingerprint of the certificate that the door shows. */
  report(): { csr?: string; shown?: string };
  /** Where learners are served on loopback; from now on the front is told. */
  leadTo(port: number): void;
  /** The document may say something new. */
  look(): void;
  close(): void;
}

export interface DoorOptions {
  directory: string;
  document(): MachineDocument;
  /** Of the front. */
  ports: readonly [http: number, https: number];
  /** The report says something new. */
  changed(): void;
  trouble(error: unknown): void;
}

/** @throws when the key can't be written or read */
export function openDoor({ directory, document, ports, changed, trouble }: DoorOptions): Door {
  const [room, key] = [join(directory, FRONT_DIRECTORY), publicKey(directory)];
  mkdirSync(room, { recursive: true, mode: 0o700 });
  const path = join(room, "machine.pem");
  const [http, https] = ports;
  let upstream: string | undefined;
  let wanted: string | undefined;
  let shown: string | undefined;
  let told: string | undefined;
  let csr: { host: string; text: string } | undefined;
  let looking = false;

  const hostOf = () => document().publicHost?.replace(/:\d+$/, "");

  function request(): string | undefined {
    const host = hostOf();
    if (host !== undefined && csr?.host !== host) csr = { host, text: certificateRequest(key, [host, `*.${host}`]) };
    return csr?.text;
  }

  function look(): void {
    const host = hostOf();
    if (host === undefined || upstream === undefined) return;
    try {
      wanted = keepChain(document().chain) ?? wanted;
      tell(host, upstream);
    } catch (error) {
      trouble(error);
    }
  }

  /** @returns the fingerprint of the certificate that is to be shown @throws when it is another key's */
  function keepChain(chain: string | undefined): string | undefined {
    if (chain === undefined) return undefined;
    const { fingerprint256, checkPrivateKey } = readLeaf(chain);
    if (!checkPrivateKey(key)) throw new Error("the chain that the gateway sent belongs to another key: it isn't shown");
    if (fingerprint256 !== wanted) writeDurably(path, `${key.trim()}\n${chain.trim()}\n`);
    return fingerprint256;
  }

  function tell(host: string, to: string): void {
    const wish: FrontDocument = {
      version: 1,
      listen: { address: "0.0.0.0", http, https },
      machines: [{ host, upstream: to }],
      certificates: wanted === undefined ? [] : [{ host, path, fingerprint: wanted }],
      challenges: {},
    };
    const next = JSON.stringify(wish);
    if (next === told) return;
    writeDurably(join(room, FRONT_FILE), next);
    told = next;
  }

  /** Says that it is open only once it was seen to be. */
  async function knock(): Promise<void> {
    const host = hostOf();
    if (looking || host === undefined || wanted === undefined || shown === wanted) return;
    looking = true;
    const found = await certificateAt(https, host);
    looking = false;
    if (found === shown) return;
    shown = found;
    changed();
  }

  const timer = setInterval(() => void knock(), LOOK_MS);
  timer.unref();
  return {
    report: () => {
      const text = request();
      return { ...(text !== undefined && { csr: text }), ...(shown !== undefined && { shown }) };
    },
    leadTo: (port) => {
      upstream = `127.0.0.1:${port}`;
      look();
    },
    look,
    close: () => clearInterval(timer),
  };
}

function readLeaf(chain: string): { fingerprint256: string; checkPrivateKey(key: string): boolean } {
  const leaf = new X509Certificate(chain);
  return {
    fingerprint256: leaf.fingerprint256,
    checkPrivateKey: (key) => leaf.checkPrivateKey(createPrivateKey(key)),
  };
}

/** Made once: a machine that starts again keeps its certificate. */
function publicKey(directory: string): string {
  const room = join(directory, "identity");
  const path = join(room, "public-key.pem");
  mkdirSync(room, { recursive: true, mode: 0o700 });
  if (!existsSync(path)) {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    writeDurably(path, privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  }
  return readFileSync(path, "utf8");
}

/** The fingerprint of what is shown there; undefined when nobody answers. */
function certificateAt(port: number, servername: string): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const socket = connect({ host: "127.0.0.1", port, servername, rejectUnauthorized: false });
  const timer = setTimeout(() => resolve(undefined), KNOCK_MS);
  socket.once("secureConnect", () => resolve(socket.getPeerCertificate().fingerprint256));
  socket.once("error", () => resolve(undefined));
  return promise.finally(() => {
    clearTimeout(timer);
    socket.destroy();
  });
}
