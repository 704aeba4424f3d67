import type { FrontDocument } from "../../agent/contract/front.ts";
import type { CertificateFiles } from "../certificates/files.ts";
import { FOR_GROUP, replaceFile } from "../durable.ts";
import type { LocalMachines } from "./machines.ts";

/** What machines are called begins with this; learners' addresses don't. */
const MACHINE_PREFIX = "clarateach-";

export interface FrontFileOptions {
  /** Where the front reads it. */
  path: string;
  /** `class.example.org`; machines are one label below it. */
  domain: string;
  listen: FrontDocument["listen"];
  /** The gateway's own port, on loopback. */
  gatewayPort: number;
  machines: LocalMachines;
  files: CertificateFiles;
}

/** The document that the front follows: machines and certificates as they are, and the challenges it answers meanwhile. */
export class FrontFile {
  /** By token. */
  readonly challenges = new Map<string, string>();
  readonly #options: FrontFileOptions;
  #written = "";
  #turn = Promise.resolve();

  constructor(options: FrontFileOptions) {
    this.#options = options;
  }

  hostOf(machine: string): string {
    return `${machine.replace(MACHINE_PREFIX, "")}.${this.#options.domain}`;
  }

  /** Writes it as it is now, when that is news. One after the other. @throws when it can't be written */
  refresh(): Promise<void> {
    this.#turn = this.#turn.catch(() => {}).then(() => this.#write());
    return this.#turn;
  }

  async #write(): Promise<void> {
    const { path, domain, listen, gatewayPort } = this.#options;
    const [machines, certificates] = await Promise.all([this.#machines(), this.#certificates()]);
    const document: FrontDocument = {
      version: 1,
      listen,
      gateway: { host: domain, upstream: `127.0.0.1:${gatewayPort}` },
      machines,
      certificates,
      challenges: Object.fromEntries(this.challenges),
    };
    const next = JSON.stringify(document);
    if (next === this.#written) return;
    await replaceFile(path, next, FOR_GROUP);
    this.#written = next;
  }

  async #machines(): Promise<FrontDocument["machines"]> {
    const ports = await this.#options.machines.ports();
    return ports.map(({ name, port }) => ({ host: this.hostOf(name), upstream: `127.0.0.1:${port}` }));
  }

  /** The domain's own first: it answers those who ask for no name. */
  async #certificates(): Promise<FrontDocument["certificates"]> {
    const { files, domain } = this.#options;
    const hosts = (await files.hosts()).sort((a, b) => Number(b === domain) - Number(a === domain) || a.localeCompare(b));
    const shown = hosts.map(async (host) => {
      const fingerprint = (await files.read(host))?.fingerprint;
      return { host, path: files.path(host), ...(fingerprint && { fingerprint }) };
    });
    return Promise.all(shown);
  }
}
