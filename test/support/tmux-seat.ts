import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MAIN } from "../../agent/contract/terminal.ts";
import { run } from "../../agent/seats/process/programs.ts";
import { openPty } from "../../agent/seats/process/pty.ts";
import type { SeatHandle } from "../../agent/seats/seat.ts";
import { tmuxConfig } from "../../agent/seats/tmux-config.ts";

/** The product's, with a prompt that is the same everywhere, no status line, and programs let through to the outer terminal. */
const CONFIGURATION = `${tmuxConfig(1, { shell: "/bin/bash", terminal: "tmux-256color" })}
set -g status off
set -g allow-passthrough on
set -g default-command "env PS1='$ ' HISTFILE= bash --norc --noprofile"
`;

export interface TmuxSeat extends SeatHandle {
  directory: string;
  /** What the session's screen shows now. */
  screen(): string;
  tmux(...argv: string[]): string;
  end(): void;
}

/** A seat made of a directory and a tmux server of its own: as much of a runtime as terminals need. */
export function tmuxSeat(seat = 1): TmuxSeat {
  const directory = mkdtempSync(join(tmpdir(), "ct-seat-"));
  const configuration = join(directory, "tmux.conf");
  writeFileSync(configuration, CONFIGURATION);
  const base = ["tmux", "-u", "-S", join(directory, "s"), "-f", configuration];
  const env = { PATH: process.env.PATH ?? "", HOME: directory, TERM: "xterm-256color", LANG: "C.UTF-8" };
  const tmux = (...argv: string[]): string => Bun.spawnSync([...base, ...argv], { env, cwd: directory }).stdout.toString();
  const unused = () => Promise.reject(new Error("terminals need no such thing"));
  return {
    seat,
    generation: 1,
    workspace: directory,
    owner: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
    run: { outside: directory, inside: directory },
    cdpPort: 0,
    directory,
    tmux,
    screen: () => tmux("capture-pane", "-p", "-t", "main"),
    attach: async (size, name = MAIN) => openPty([...base, "new-session", "-A", "-s", name], { env, cwd: directory, size }),
    history: async (name = MAIN) =>
      Bun.spawnSync([...base, "capture-pane", "-p", "-e", "-S", "-10000", "-t", `=${name}:`], { env }).stdout as Uint8Array,
    askTmux: (argv) => run([...base, ...argv], { cwd: directory, env }),
    dial: unused,
    listening: unused,
    exec: unused,
    runOnTerminal: unused,
    runOnPipes: unused,
    spawn: unused,
    end() {
      tmux("kill-server");
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
