import { mkdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../../test/support/until.ts";
import { freePort } from "../../test/support/world.ts";
import { openOutput } from "./output.ts";

/** The peer: Debian's sshd on a loopback port of its own, and `ssh -tt localhost tmux`, with the same tmux settings as a seat. */
export interface SshPeer {
  type(text: string): void;
  sees(text: string): Promise<void>;
  end(): Promise<void>;
}

export async function openSsh(tmuxConfig: string | undefined): Promise<SshPeer> {
  const directory = await mkdtemp(join(tmpdir(), "bench-ssh-"));
  const at = (name: string) => join(directory, name);
  for (const name of ["host", "user"]) await finish(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", at(name)]);
  await Bun.write(at("authorized"), await Bun.file(at("user.pub")).text());
  const port = await freePort();
  const settings = `Port ${port}\nListenAddress 127.0.0.1\nHostKey ${at("host")}\nPidFile none\nAuthorizedKeysFile ${at("authorized")}
StrictModes no\nPasswordAuthentication no\nUsePAM no\nPermitRootLogin prohibit-password\n`;
  await Bun.write(at("sshd_config"), settings);
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
  const sshd = Bun.spawn(["/usr/sbin/sshd", "-D", "-e", "-f", at("sshd_config")], { stdout: "ignore", stderr: "ignore" });
  await until("sshd to listen", () => reachable(port));
  const tmux = `tmux -S ${at("tmux.sock")} ${tmuxConfig ? `-f ${tmuxConfig}` : ""}`;
  const client = Bun.spawn(
    [
      "ssh",
      "-tt",
      "-p",
      String(port),
      "-i",
      at("user"),
      "-o",
      "StrictHostKeyChecking=no",
      "-o",
      "UserKnownHostsFile=/dev/null",
      "-o",
      "LogLevel=ERROR",
      "127.0.0.1",
      `TERM=xterm-256color LANG=C.UTF-8 ${tmux} new-session -A -s main -x 120 -y 40`,
    ],
    { stdin: "pipe", stdout: "pipe", stderr: "ignore" },
  );
  const output = openOutput();
  void (async () => {
    for await (const chunk of client.stdout) output.take(chunk);
  })();
  await until("the shell behind ssh", () => output.received() > 0);
  return {
    type: (text) => {
      client.stdin.write(text);
      client.stdin.flush();
    },
    sees: output.sees,
    end: async () => {
      client.kill();
      await finish(["tmux", "-S", at("tmux.sock"), "kill-server"]);
      sshd.kill();
      await Promise.all([client.exited, sshd.exited]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function finish(argv: string[]): Promise<void> {
  await Bun.spawn(argv, { stdout: "ignore", stderr: "ignore" }).exited;
}

async function reachable(port: number): Promise<boolean> {
  return Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } }).then(
    (socket) => {
      socket.end();
      return true;
    },
    () => false,
  );
}
