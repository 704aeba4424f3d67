import { dlopen } from "bun:ffi";
import { closeSync, constants, mkdtempSync, openSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Pty, SeatHandle, Size } from "../../agent/seats/seat.ts";

const libc = dlopen("libc.so.6", { tcflow: { args: ["i32", "i32"], returns: "i32" } });
const TCOOFF = 0;
const TCOON = 1;

const CONFIGURATION = `
set -g default-terminal tmux-256color
set -g history-limit 10000
set -g mouse on
set -s set-clipboard on
set -g allow-passthrough on
set -s escape-time 10
set -as terminal-features ",xterm*:clipboard:RGB:title"
set -g status off
set -g window-size latest
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
  const env = { PATH: process.env.PATH ?? "", HOME: directory, TERM: "xterm-256color", LANG: "C.UTF-8", SHELL: "/bin/bash" };
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
    attach: async (size) => openPty([...base, "new-session", "-A", "-s", "main"], { env, cwd: directory }, size),
    history: async () =>
      Bun.spawnSync([...base, "capture-pane", "-p", "-e", "-S", "-10000", "-t", "main"], { env }).stdout as Uint8Array,
    dial: unused,
    exec: unused,
    spawn: unused,
    end() {
      tmux("kill-server");
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function openPty(argv: string[], options: { env: Record<string, string>; cwd: string }, size: Size): Pty {
  let take: (bytes: Uint8Array) => void = () => {};
  let drained = Promise.resolve();
  let drain = () => {};
  const child = Bun.spawn(argv, {
    ...options,
    terminal: { ...size, data: (_terminal, bytes) => take(bytes), drain: () => drain() },
  });
  const { terminal } = child;
  if (!terminal) throw new Error("no terminal");
  // The slave side, opened once more: pausing is the kernel's own flow control, as Ctrl-S in an old terminal.
  const slave = openSync(readlinkSync(`/proc/${child.pid}/fd/0`), constants.O_RDWR | constants.O_NOCTTY);
  const exited = child.exited.then(() => closeSync(slave));
  let over = false;
  void exited.then(() => {
    over = true;
    drain();
  });
  return {
    onData: (next) => {
      take = next;
    },
    exited,
    write(bytes) {
      if (over) return true;
      terminal.write(bytes);
      if (bytes.length < 4096) return true;
      drained = new Promise((resolve) => {
        drain = resolve;
      });
      return false;
    },
    get drained() {
      return drained;
    },
    pause: () => void (over || libc.symbols.tcflow(slave, TCOOFF)),
    resume: () => void (over || libc.symbols.tcflow(slave, TCOON)),
    resize: ({ cols, rows }) => void (over || terminal.resize(cols, rows)),
    close() {
      if (!over) child.kill("SIGHUP");
    },
  };
}
