import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "node:tls";
import { CHALLENGE_PATH, FRONT_DIRECTORY, FRONT_FILE } from "../../agent/contract/front.ts";
import type { AgentPid } from "../../agent/contract/running.ts";
import type { AuthoritySettings } from "../certificates/account.ts";
import { DoorProblem } from "../certificates/authority.ts";
import type { ChallengeAnswers } from "../certificates/by-http.ts";
import type { CertificateFiles } from "../certificates/files.ts";
import { FrontFile } from "./front-document.ts";
import type { LocalMachines } from "./machines.ts";
import { openSupervisor, type Supervisor } from "./supervisor.ts";

/** Addresses of agents are looked at this often; a machine that just runs is written at once. */
const LOOK_MS = 1000;
/** The front follows within milliseconds; one that just starts needs a second or two. */
const FOLLOW_MS = 15_000;
const ASK_MS = 50;
/** A sentence of the front's. */
const LINE_LIMIT = 500;

export interface DnsSettings {
  /** Of Google Cloud. */
  project: string;
  /** Its name there, not the domain. */
  zone: string;
  /** Another address than Google's own, on this computer: an emulator's. */
  access?: { host: string; port: number };
}

/** How a server with a public name is reached. */
export interface PublicSettings {
  /** `class.example.org`; machines are one label below it. */
  domain: string;
  /** The gateway's own port, on loopback. */
  gatewayPort: number;
  /** 80 and 443, unless a router in front of this server says otherwise. */
  httpPort: number;
  httpsPort: number;
  /** Where the doors are; every address unless said. */
  address?: string;
  /** Who gives certificates, in the order in which they are asked. */
  authorities: readonly AuthoritySettings[];
  /** The domain's zone in Google Cloud DNS, by which authorities are shown that names are ours; left out, port 80 shows it. */
  dns?: DnsSettings;
}

/** The process that has the ports of this server, and the document that it follows. */
export interface Front extends ChallengeAnswers {
  /** `ws-abc123.class.example.org`, with the port where it isn't 443. */
  endpointOf(machine: string): string;
  /** Writes machines and certificates as they are now. */
  refresh(): Promise<void>;
  hosts(): Promise<string[]>;
  /** Resolves once `host` is answered with this certificate. @throws DoorProblem when it isn't */
  serve(host: string, fingerprint: string): Promise<void>;
  /** Ends it: the doors are closed. */
  end(): Promise<void>;
  /** It goes on without us: the next gateway adopts it. */
  letGo(): void;
}

export interface FrontTools {
  data: string;
  /** What starts it; undefined: a service manager does. */
  command: string[] | undefined;
  settings: PublicSettings;
  machines: LocalMachines;
  files: CertificateFiles;
}

/** Starts the front, or adopts the one that runs. @throws when the data directory can't be written */
export async function openFront({ data, command, settings, machines, files }: FrontTools): Promise<Front> {
  const home = join(data, FRONT_DIRECTORY);
  await mkdir(home, { recursive: true, mode: 0o700 });
  const { domain, gatewayPort, httpPort, httpsPort } = settings;
  const listen = { address: settings.address ?? everyAddress(), http: httpPort, https: httpsPort };
  const at = listen.address === "::" || listen.address === "0.0.0.0" ? "127.0.0.1" : listen.address;
  const file = new FrontFile({ path: join(home, FRONT_FILE), domain, listen, gatewayPort, machines, files });
  await file.refresh();
  const front = keepFront(home, `front-${shortDigest(data)}`, command);
  const timer = setInterval(() => void file.refresh().catch(() => {}), LOOK_MS);
  return {
    endpointOf: (machine) => `${file.hostOf(machine)}${httpsPort === 443 ? "" : `:${httpsPort}`}`,
    refresh: () => file.refresh(),
    hosts: async () => [domain, ...(await machines.ports()).map(({ name }) => file.hostOf(name))],
    put: async (token, answer, host) => {
      file.challenges.set(token, answer);
      await file.refresh();
      const answers = async () => (await challengeAt(`http://${at}:${httpPort}`, token, host)) === answer;
      await front.seen(`Port ${httpPort} of this server doesn't answer challenges.`, answers);
    },
    remove: async (token) => {
      file.challenges.delete(token);
      await file.refresh();
    },
    serve: async (host, fingerprint) => {
      await file.refresh();
      const shows = async () => (await fingerprintAt(at, httpsPort, host)) === fingerprint;
      await front.seen(`Port ${httpsPort} of this server doesn't show the certificate of ${host}.`, shows);
    },
    letGo: () => {
      clearInterval(timer);
      front.supervisor?.letGo();
    },
    end: async () => {
      clearInterval(timer);
      await front.supervisor?.end();
    },
  };
}

/** The front's process, and what is seen of it. */
function keepFront(home: string, name: string, command: string[] | undefined) {
  const supervisor = command && keeper(home, command);
  supervisor?.watch(name);
  const log = command ? join(home, "agent.log") : "journalctl -u clarateach-front";

  /** @throws DoorProblem when it never comes true */
  async function seen(what: string, look: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + FOLLOW_MS;
    while (!(await look().catch(() => false))) {
      if ((await supervisor?.trouble(name)) !== undefined)
        throw new DoorProblem(`The doors of this server can't be opened: ${await lastLine(home)}.`);
      if (Date.now() > end) throw new DoorProblem(`${what} ${log} may say why.`);
      await Bun.sleep(ASK_MS);
    }
  }

  return { supervisor, seen };
}

/** One directory, kept as a machine's is. */
function keeper(home: string, command: string[]): Supervisor {
  const homes = {
    pathOf: () => home,
    pid: async () => {
      try {
        return JSON.parse(await readFile(join(home, "agent.pid"), "utf8")) as AgentPid;
      } catch {
        return undefined;
      }
    },
    lastWords: () => lastLine(home),
  };
  return openSupervisor(homes, () => command);
}

async function lastLine(home: string): Promise<string> {
  const log = await readFile(join(home, "agent.log"), "utf8").catch(() => "");
  return log.trim().split("\n").at(-1)?.slice(0, LINE_LIMIT) ?? "";
}

async function challengeAt(address: string, token: string, host: string): Promise<string> {
  const response = await fetch(`${address}${CHALLENGE_PATH}${token}`, { headers: { host }, redirect: "manual" });
  return response.text();
}

function fingerprintAt(address: string, port: number, host: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  // Only which certificate is shown is asked; whether it is believed is the browsers' business.
  const socket = connect({ host: address, port, servername: host, rejectUnauthorized: false, timeout: FOLLOW_MS }, () => {
    resolve(socket.getPeerCertificate().fingerprint256);
    socket.destroy();
  });
  socket.on("error", reject).on("timeout", () => socket.destroy(new Error("no answer in time")));
  return promise;
}

const shortDigest = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 12);

/** IPv6 sockets take both; a computer without IPv6 has none. */
function everyAddress(): string {
  const known = existsSync("/proc/net/if_inet6") && readFileSync("/proc/net/if_inet6", "utf8").trim() !== "";
  return known ? "::" : "0.0.0.0";
}
