import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FRONT_DIRECTORY, FRONT_FILE } from "../../agent/contract/front.ts";
import { PLANE_PORT } from "../../agent/contract/machine.ts";
import { runtimeDirectories } from "../../agent/contract/running.ts";
import { endAll, processesOfSeats } from "../../provision/local/processes.ts";
import { AGENT_COMMAND } from "./agent.ts";
import type { Instance } from "./google-cloud/compute/state.ts";
import { type Breaks, startRelay, UNBROKEN } from "./interruptions.ts";
import { until } from "./until.ts";

/** What a VM of the emulator would run, without the VM: the agent and its door, on this computer. Seats are plain processes. */
export interface GoogleVm {
  directory: string;
  httpsPort: number;
  /** All processes end at once, what is in memory is gone, the disk stays. */
  off(): Promise<void>;
  /** It boots again. */
  on(): Promise<void>;
  end(): Promise<void>;
}

/** @param machine of the emulator, with its address and its metadata @param breaks how calls to its plane are broken */
export async function bootVm(machine: Instance, breaks: Breaks = UNBROKEN): Promise<GoogleVm> {
  const directory = mkdtempSync(join(tmpdir(), "ct-vm-"));
  const boot = machine.metadata.items?.find(({ key }) => key === "clarateach-boot")?.value ?? "";
  const address = machine.networkInterfaces[0]?.accessConfigs?.[0]?.natIP ?? "";
  mkdirSync(join(directory, FRONT_DIRECTORY));
  writeFileSync(join(directory, "machine.json"), boot);
  const [plane, http, https] = [await quietPort(), await quietPort(), await quietPort()];
  const env = {
    ...process.env,
    CLARATEACH_PLANE_PORT: String(plane),
    CLARATEACH_HTTP_PORT: String(http),
    CLARATEACH_HTTPS_PORT: String(https),
  };
  const spawn = (...args: string[]) => Bun.spawn([...AGENT_COMMAND, ...args], { env, stdio: ["ignore", "ignore", "inherit"] });
  // The VM's address is one of loopback; its port is the same on all VMs, here it may be taken.
  const relay = startRelay({ hostname: address, port: PLANE_PORT, to: plane, ...breaks });
  let children: Bun.Subprocess[] = [];
  const begin = async () => {
    children = [spawn("serve", "--alone", "--runtime", "process", "--machine", directory)];
    await until("the agent's word to its door", () => Bun.file(join(directory, FRONT_DIRECTORY, FRONT_FILE)).exists());
    children.push(spawn("front", "--foreground", "--data", directory));
  };
  const off = async (signal: "SIGKILL" | "SIGTERM") => {
    for (const child of children) child.kill(signal);
    await Promise.all(children.map(({ exited }) => exited));
    await endAll(() => processesOfSeats(machine.name));
    // In memory.
    for (const path of runtimeDirectories(machine.name)) rmSync(path, { recursive: true, force: true });
  };
  await begin();
  return {
    ...{ directory, httpsPort: https },
    off: () => off("SIGKILL"),
    on: begin,
    end: async () => {
      relay.end();
      await off("SIGTERM");
      rmSync(directory, { recursive: true });
    },
  };
}

/** Outside the range from which connections take theirs: what is free stays free until it is listened on, most likely. */
const QUIET = { from: 12_000, count: 18_000 };

async function quietPort(): Promise<number> {
  for (;;) {
    const port = QUIET.from + Math.floor(Math.random() * QUIET.count);
    try {
      await Bun.serve({ port, hostname: "0.0.0.0", fetch: () => new Response() }).stop(true);
      return port;
    } catch {
      // Taken: another.
    }
  }
}
