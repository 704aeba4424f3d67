import { writeFileSync } from "node:fs";
import { join } from "node:path";
import pino, { type Logger } from "pino";
import { type Command, command } from "../../agent/contract/command-line.ts";
import { Problem } from "../../agent/contract/errors.ts";
import { UPLOAD_LIMIT } from "../../agent/contract/files.ts";
import { openLogFile } from "../../agent/contract/log-file.ts";
import type { OpenCloud } from "../../provision/cloud.ts";
import { type Config, readSettings, SETTING_OPTIONS, SettingProblem } from "../config.ts";
import { type Gateway, openGateway } from "../gateway.ts";
import { lockData } from "../lock.ts";
import { problemAnswer } from "../routes/answers.ts";
import { ADDRESS_FILE } from "./link.ts";

/** Answers take up to 50 s (stop); what is silent longer than this has gone. Live pages take the limit away for themselves. */
const IDLE_SECONDS = 120;
/** Starter files and the form around them. */
const BODY_LIMIT = UPLOAD_LIMIT + 1024 * 1024;
/** Ctrl-C ends everything within 2 s, also on a computer that is late with everything. Agents leave within 1.5 s. */
const END_MS = 1700;

/** What the providers bring. */
export interface ServeGiven {
  openCloud(config: Config, tell: (sentence: string) => void): Promise<OpenCloud>;
  /** Why a public name doesn't lead here, as sentences. */
  namesProblems(domain: string): Promise<string[]>;
}

export const serveCommand = (given: ServeGiven): Command =>
  command({ name: "serve", about: "serves classes until Ctrl-C", options: SETTING_OPTIONS }, (options) =>
    serve(readSettings(options), given),
  );

async function serve(config: Config, given: ServeGiven): Promise<void> {
  lockData(config.data);
  requirePort(config);
  const log = openLog(config.data);
  const cloud = await given.openCloud(config, (sentence) => tell(sentence, log));
  const gateway = await openGateway(config, cloud, log);
  const server = listen(gateway, config);
  await gateway.begin();
  // A cloud's machines go on by themselves, whatever becomes of this process.
  process.once("SIGINT", () => void (config.google ? leave : end)(gateway, cloud, server));
  process.once("SIGTERM", () => void (config.public || config.google ? leave : end)(gateway, cloud, server));
  writeFileSync(join(config.data, ADDRESS_FILE), config.url);
  await greet(gateway, config, given);
}

function tell(line: string, log: Logger): void {
  console.log(line);
  log.warn(line);
}

/** For whoever is called at night; people at the terminal get sentences. No token, key or link is ever part of a line. */
function openLog(data: string): Logger {
  return pino(
    { level: "info", redact: ["*.apiKey", "*.token", "*.authorization", "*.cookie"] },
    openLogFile(join(data, "gateway.log")),
  );
}

/** Before any machine starts: a gateway that can't serve leaves everything as it is. */
function requirePort(config: Config): void {
  try {
    Bun.listen({ hostname: config.host, port: config.port, exclusive: true, socket: { data: () => {} } }).stop(true);
  } catch (cause) {
    throw cantListen(config, cause);
  }
}

function cantListen({ port, host }: Config, cause: unknown): SettingProblem {
  const taken = (cause as { code?: string }).code === "EADDRINUSE";
  const sentence = taken
    ? `Port ${port} is taken by another program; set PORT to another one.`
    : `The gateway can't listen on ${host}:${port} (${(cause as Error).message}); set HOST to an address of this computer.`;
  return new SettingProblem(sentence, { cause });
}

function listen({ app }: Gateway, config: Config): { stop(): Promise<void> } {
  const { port, host } = config;
  try {
    app.listen({
      ...{ port, hostname: host, idleTimeout: IDLE_SECONDS, maxRequestBodySize: BODY_LIMIT },
      // Elysia's default lets a second gateway share the port, each answering half of the calls.
      reusePort: false,
      // In Bun's own error page stand sources and paths of this machine.
      development: false,
      error: () => problemAnswer(new Problem("INTERNAL_ERROR", "Something went wrong on the gateway. Try again.")),
    });
  } catch (cause) {
    throw cantListen(config, cause);
  }
  return { stop: async () => void (await app.server?.stop(true)) };
}

async function greet({ people }: Gateway, { url, public: open, google }: Config, { namesProblems }: ServeGiven): Promise<void> {
  console.log(`ClaraTeach serves ${url}`);
  if (open) {
    console.log(
      `Open to everybody must be: ${open.httpPort}/tcp (certificates, way to https) and ${open.httpsPort}/tcp (everything else).`,
    );
    for (const problem of await namesProblems(open.domain)) console.log(problem);
  }
  console.log(`Sign in by this link, once and within the hour:  ${await people.signInLink()}`);
  console.log(`Learners join at ${url}/join. Ctrl-C ends it; shells of a running workshop stay.`);
  if (/\/\/localhost[:/]?/.test(url))
    console.log(
      google
        ? "Only this computer can open that address. For a class set CLARATEACH_URL: provision/gce/README.md says how."
        : 'Only this computer can open that address. For a class: README, "On your own server".',
    );
}

/** A service that starts again: the class stays in its machines, whose agents and front go on. */
async function leave(gateway: Gateway, cloud: OpenCloud, server: { stop(): Promise<void> }): Promise<void> {
  setTimeout(() => process.exit(0), END_MS);
  await Promise.all([server.stop(), gateway.end()]).catch(() => undefined);
  cloud.leave();
  console.log("The gateway ended; running workshops go on, and the next start takes them up.");
  process.exit(0);
}

async function end(gateway: Gateway, cloud: OpenCloud, server: { stop(): Promise<void> }): Promise<void> {
  let shells: number | undefined;
  const leave = () => {
    console.log(lastLine(shells));
    process.exit(0);
  };
  setTimeout(leave, END_MS);
  process.once("SIGINT", leave);
  // Counted first: whoever is late with ending must not keep the last line from being said.
  shells = await cloud.shells().catch(() => undefined);
  await Promise.all([server.stop(), gateway.end()]).catch(() => undefined);
  await cloud.close().catch(() => undefined);
  leave();
}

/** @param shells undefined: there was no time to count them */
function lastLine(shells: number | undefined): string {
  if (shells === undefined) return "ClaraTeach ended; shells of a running workshop stay and the next start takes them up.";
  if (shells === 0) return "ClaraTeach ended; no shells are left.";
  return `ClaraTeach ended; ${shells} ${shells === 1 ? "shell stays" : "shells stay"} and the next start takes them up.`;
}
