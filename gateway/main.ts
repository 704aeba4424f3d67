import { existsSync } from "node:fs";
import { join } from "node:path";
import { runCommandLine, USAGE_EXIT_CODE, UsageProblem } from "../agent/contract/command-line.ts";
import { Problem } from "../agent/contract/errors.ts";
import { namesProblems } from "../provision/certificates/names.ts";
import type { Finding, OpenCloud } from "../provision/cloud.ts";
import { startupScript } from "../provision/image/startup.ts";
import { openLocalCloud } from "../provision/local/cloud.ts";
import { environment } from "../provision/local/supervisor.ts";
import { checkCommand } from "./commands/check.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { linkCommand } from "./commands/link.ts";
import { recoverCommand } from "./commands/recover.ts";
import { serveCommand } from "./commands/serve.ts";
import { toolsCommand } from "./commands/tools.ts";
import { type Config, SettingProblem } from "./config.ts";
import type { GoogleConfig } from "./google-config.ts";

const program = {
  name: "./scripts/start",
  about: "ClaraTeach on this computer; settings besides these are in the README",
  commands: [
    serveCommand({ openCloud, namesProblems }),
    linkCommand,
    checkCommand,
    doctorCommand(examineCloud),
    recoverCommand(openCloud),
    toolsCommand(fetchTools),
  ],
  otherwise: "serve",
};

await runCommandLine(program, process.argv.slice(2)).catch((error: unknown) => {
  const isUsage = error instanceof UsageProblem;
  if (!isUsage && !(error instanceof SettingProblem)) throw error;
  console.error(error.message);
  process.exit(isUsage ? USAGE_EXIT_CODE : 1);
});

/** The gateway's port is for the front alone. */
function openCloud(config: Config, report: (sentence: string) => void): Promise<OpenCloud> {
  const { data, tools, runtime, machineService, port, public: open, google } = config;
  if (google) return openGoogle(google);
  const front = open && { public: { ...open, gatewayPort: port } };
  return openLocalCloud({
    data,
    tools,
    runtime,
    agent: agentCommand(),
    report,
    ...(machineService && { machineService }),
    ...front,
  }).catch(asSetting);
}

/** Loaded where it is chosen: Google's clients are as large as the gateway. */
async function openGoogle({ api, ...settings }: GoogleConfig): Promise<OpenCloud> {
  const { openGoogleCloud } = await import("../provision/gce/cloud.ts");
  return openGoogleCloud({ ...settings, startupScript: startupScript() }, api).catch(asSetting);
}

/** What a cloud can't be opened for is a setting, or credentials that are missing: one sentence for the terminal. */
function asSetting(cause: unknown): never {
  if (!(cause instanceof Problem)) throw cause;
  throw new SettingProblem(cause.message, { cause });
}

function examineCloud({ google }: Config, machines: number): Promise<Finding[]> | undefined {
  if (!google) return undefined;
  const { api, ...settings } = google;
  return import("../provision/gce/doctor/doctor.ts").then(({ examine }) => examine(settings, { machines }, api));
}

/** By the agent, which knows them. @returns whether all are there */
async function fetchTools({ tools }: Config): Promise<boolean> {
  const env = { ...environment(), CLARATEACH_TOOLS: tools };
  return (await Bun.spawn([...agentCommand(), "tools"], { env, stdio: ["ignore", "inherit", "inherit"] }).exited) === 0;
}

/** The executable when it is built, else the source by this same Bun. */
function agentCommand(): string[] {
  const root = join(import.meta.dir, "..");
  const built = join(root, "dist", "clarateach-agent");
  return existsSync(built) ? [built] : [process.execPath, join(root, "agent", "main.ts")];
}
