import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "bun";
import { until } from "./until.ts";

/** As an operator has one. */
export interface OperatorsAgent {
  socket: string;
  /** As `ssh-add -l` shows its only key. */
  fingerprint: string;
  /** What `ssh-add -l` says on the machine. */
  list(): Promise<string>;
  end(): Promise<void>;
}

export const hasSshAgent = ["ssh-agent", "ssh-add", "ssh-keygen"].every((program) => Bun.which(program) !== null);

/** A real ssh-agent with one key, whose file is gone. */
export async function startSshAgent(): Promise<OperatorsAgent> {
  const directory = mkdtempSync(join(tmpdir(), "ct-keys-"));
  const [socket, key] = [join(directory, "agent"), join(directory, "key")];
  const agent = Bun.spawn(["ssh-agent", "-D", "-a", socket], { stdout: "ignore", stderr: "ignore" });
  const run = (...argv: string[]) =>
    $`${argv}`
      .env({ ...process.env, SSH_AUTH_SOCK: socket })
      .quiet()
      .nothrow();
  const list = async () => (await run("ssh-add", "-l")).stdout.toString().trim();
  await run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "operator", "-f", key);
  await until("the operator's SSH agent", async () => (await run("ssh-add", key)).exitCode === 0);
  rmSync(key);
  const fingerprint = (await list()).split(" ")[1] ?? "";
  return {
    ...{ socket, fingerprint, list },
    end: async () => {
      agent.kill();
      await agent.exited;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
