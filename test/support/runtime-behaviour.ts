import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MachineDocument } from "../../agent/contract/machine.ts";
import { SEATS_PER_MACHINE, seatName } from "../../agent/contract/seats.ts";
import { openSeats, type SeatManager } from "../../agent/seats/manager.ts";
import type { MakeRuntime } from "../../agent/seats/runtime.ts";
import type { SeatHandle, Size } from "../../agent/seats/seat.ts";
import { documentOf } from "./document.ts";
import { Screen } from "./screen.ts";
import { until } from "./until.ts";

/** What a suite needs of a runtime besides itself. */
export interface RuntimeUnderTest {
  runtime: MakeRuntime;
  /** What its seats are made from. */
  wish?: Partial<MachineDocument>;
  /** Ends everything in a seat as a reboot would: no process of it goes on, its files stay. */
  reboot(machine: string, seat: number): Promise<void>;
  /** A command that the learner's shell knows, listening on `port` of its localhost and answering what it hears. */
  echoServer(port: number): string[];
}

/** What every runtime does alike, on real seats: run once for each. */
export function runtimeBehaviour(name: string, make: () => RuntimeUnderTest): void {
  describe(`runtime ${name}`, () => {
    const under = make();
    const directory = mkdtempSync(join(tmpdir(), "ct-runtime-"));
    const machine = `clarateach-ws-${Bun.randomUUIDv7().slice(-6)}`;
    const screens: Screen[] = [];
    const held = new Map<number, { seat: number; generation: number; freshSince: number }>();
    let revision = 0;
    let given = 0;
    let seats: SeatManager;

    const open = () =>
      openSeats({ directory, machine, runtime: under.runtime, starterPath: (digest) => join(directory, digest) });
    const want = (wish: Partial<MachineDocument> = {}) =>
      seats.want(documentOf(machine, ++revision, { seats: [...held.values()], ...under.wish, ...wish }));
    const ready = (seat: number) =>
      until(`seat ${seat} to be ready`, () => {
        const handle = seats.seat(seat);
        return handle?.generation === held.get(seat)?.generation ? handle : undefined;
      });
    /** A seat that only this test has: what one leaves running in its own can't disturb the next. */
    async function own(): Promise<{ seat: number; handle: SeatHandle }> {
      const seat = (given % SEATS_PER_MACHINE) + 1;
      const generation = Math.floor(given++ / SEATS_PER_MACHINE) + 1;
      held.set(seat, { seat, generation, freshSince: generation });
      want();
      return { seat, handle: await ready(seat) };
    }
    async function look(handle: SeatHandle, size: Size = { cols: 100, rows: 30 }): Promise<Screen> {
      const screen = new Screen(await handle.attach(size));
      screens.push(screen);
      return screen;
    }

    beforeAll(async () => {
      seats = await open();
    });

    afterEach(() => {
      for (const screen of screens.splice(0)) screen.pty.close();
      held.clear();
      want();
    });

    afterAll(async () => {
      await seats.runtime.removeEverything();
      await seats.close();
      rmSync(directory, { recursive: true, force: true });
    });

    test("a prompt that says whose seat it is, typing, and the way back", async () => {
      const { seat, handle } = await own();
      const screen = await look(handle);
      await screen.shows(`learner@seat-${seatName(seat)}:/workspace$ `);
      screen.type("echo $((6*7)) 日本 🎓 $LANG $TERM_PROGRAM\r");
      await screen.shows("42 日本 🎓 C.UTF-8 tmux");
      screen.pty.close();
      await screen.pty.exited;
      const again = await look(handle);
      await again.shows("42 日本 🎓");
    });

    test("what is typed before the terminal shows anything arrives as it was typed, control keys too", async () => {
      const { handle } = await own();
      const before = await look(handle);
      await before.shows("$ ");
      before.type("cat > early.txt\r");
      await until("cat to read", () => existsSync(join(handle.workspace, "early.txt")));
      const screen = await look(handle);
      screen.type("typed at once\r\x04");
      screen.type("echo ended-$((1+1)); wc -c < early.txt\r");
      await screen.shows("ended-2");
      await screen.shows("14");
      for (const { pty } of [before, screen]) pty.close();
    });

    test("the window's size, from the beginning and when it changes", async () => {
      const { handle } = await own();
      const screen = await look(handle, { cols: 91, rows: 21 });
      // One row is tmux's own line; tmux tells its shells of a new size a moment later.
      const waitFor = (rows: number, cols: number) =>
        `until [ "$(stty size)" = "${rows} ${cols}" ]; do sleep 0.05; done; echo is-$((${rows}+0))-$((${cols}+0))\r`;
      screen.type(waitFor(20, 91));
      await screen.shows("is-20-91");
      screen.pty.resize({ cols: 111, rows: 31 });
      screen.type(waitFor(30, 111));
      await screen.shows("is-30-111");
    });

    test("two viewers see the same, and one that leaves takes nothing with it", async () => {
      const { handle } = await own();
      const one = await look(handle);
      const two = await look(handle);
      one.type("clear; echo from-$((1+1))-one\r");
      await Promise.all([one.shows("from-2-one"), two.shows("from-2-one")]);
      one.pty.close();
      await one.pty.exited;
      two.type("echo still-$((2+2))\r");
      await two.shows("still-4");
    });

    test("a viewer that doesn't read is held back, and sees the right screen when it goes on", async () => {
      const { handle } = await own();
      const screen = await look(handle);
      screen.type("clear; while :; do seq 100000; done\r");
      await until("the flood", () => screen.bytes > 100_000);
      screen.pty.pause();
      const before = await settled(() => screen.bytes);
      const other = await look(handle);
      await until("the other viewer to see the flood", () => other.bytes > 100_000);
      expect(screen.bytes - before).toBeLessThan(64 * 1024);
      other.type("\x03");
      other.type("clear; echo over-$((3+3))\r");
      await other.shows("over-6");
      expect(screen.bytes - before).toBeLessThan(64 * 1024);
      screen.pty.resume();
      await screen.shows("over-6");
      screen.pty.close();
    });

    test("a big paste arrives whole, at the pace of the program", async () => {
      const { handle } = await own();
      const screen = await look(handle);
      const lines = Array.from({ length: 20_000 }, (_, i) => `line ${i} of a long paste, with some text in it`);
      const text = `${lines.join("\n")}\n`;
      screen.type("clear; stty -echo; echo rea''dy; cat > paste.txt; echo thr''ough; stty echo\r");
      await screen.shows("ready");
      let waited = 0;
      for (let at = 0; at < text.length; at += 16_384) {
        if (screen.pty.write(Buffer.from(text.slice(at, at + 16_384)))) continue;
        waited++;
        await screen.pty.drained;
      }
      screen.type("\x04");
      await screen.shows("through");
      expect((await handle.exec(["sha256sum", "paste.txt"])).stdout.slice(0, 64)).toBe(sha256(text));
      expect(waited).toBeGreaterThan(0);
    });

    test("all the scrollback, with its colours", async () => {
      const { handle } = await own();
      const screen = await look(handle);
      screen.type("clear; printf '\\e[31mred\\e[0m\\n'; seq -f 'row %g' 3000; echo end-$((5+5))\r");
      await screen.shows("end-10");
      const history = Buffer.from(await handle.history()).toString();
      expect(history).toContain("\x1b[31mred");
      expect(history).toContain("row 1\r\nrow 2\r\n");
      expect(history).toContain("row 3000\r\nend-10");
    });

    test("two names are two shells, each with its history; one that is closed leaves the other", async () => {
      const { handle } = await own();
      const size = { cols: 100, rows: 30 };
      const main = await look(handle);
      const server = new Screen(await handle.attach(size, "server"));
      screens.push(server);
      await Promise.all([main.shows("$ "), server.shows(":/workspace$ ")]);
      main.type("clear; mine=main; echo this-is-$((1+1))-$mine\r");
      server.type("clear; mine=server; echo this-is-$((1+1))-$mine\r");
      await Promise.all([main.shows("this-is-2-main"), server.shows("this-is-2-server")]);
      const histories = await Promise.all(["main", "server"].map((name) => handle.history(name)));
      expect(
        histories.map((bytes) =>
          Buffer.from(bytes)
            .toString()
            .match(/this-is-2-\w+/g),
        ),
      ).toEqual([["this-is-2-main"], ["this-is-2-server"]]);
      expect((await handle.askTmux(["list-sessions", "-F", "#{session_name}"])).stdout.split("\n").sort()).toEqual([
        "",
        "main",
        "server",
      ]);
      expect((await handle.askTmux(["kill-session", "-t", "=server"])).code).toBe(0);
      await server.pty.exited;
      main.type("clear; echo still-$mine\r");
      await main.shows("still-main");
      main.pty.close();
    });

    test("a shell that was left is a new one at the next visit", async () => {
      const { seat, handle } = await own();
      const screen = await look(handle);
      screen.type("clear; gone=yes; exit\r");
      await screen.pty.exited;
      const again = await look(handle);
      again.type("echo gone=$gone.\r");
      await again.shows("gone=.");
      again.pty.close();
      expect(seats.status(seat)).toBe("ready");
    });

    test("programs run as the learner, in the workspace, to their end", async () => {
      const { handle } = await own();
      const env = { GREETING: "hej 'quoted' $HOME" };
      const done = await handle.exec(["sh", "-c", 'echo "$GREETING"; pwd >&2; echo made > by-exec; exit 3'], { env });
      expect(done).toMatchObject({ code: 3, stdout: "hej 'quoted' $HOME\n" });
      expect(readFileSync(join(handle.workspace, "by-exec"), "utf8")).toBe("made\n");
      const screen = await look(handle);
      screen.type("clear; ls -l $WORKSPACE/by-exec && pwd\r");
      await screen.shows(done.stderr.trim());
      screen.pty.close();
      const much = await handle.exec(["sh", "-c", "yes | head -c 1000000"]);
      expect(much.stdout.length).toBe(64 * 1024);
      const stop = new AbortController();
      const endless = handle.exec(["sleep", "600"], { signal: stop.signal });
      stop.abort();
      expect(endless).rejects.toThrow();
    });

    test("nothing of the agent's own environment, and where the browser is", async () => {
      const { handle } = await own();
      process.env.NOBODYS_BUSINESS = "secret";
      const { stdout } = await handle.exec(["env"]);
      delete process.env.NOBODYS_BUSINESS;
      expect(stdout).not.toContain("NOBODYS_BUSINESS");
      expect(stdout).toMatch(new RegExp(`^CLARATEACH_CDP_URL=http://(127\\.0\\.0\\.1|localhost):${handle.cdpPort}$`, "m"));
      expect((await own()).handle.workspace).not.toBe(handle.workspace);
    });

    test("a program that was started goes on until it is killed, with its children", async () => {
      const { handle } = await own();
      const program = await handle.spawn(["sh", "-c", "sleep 987 & echo up > up; wait"]);
      await until("it to be up", () => existsSync(join(handle.workspace, "up")));
      program.kill();
      expect(await program.exited).not.toBe(0);
      await until("its child to end", async () => !(await handle.exec(["ps", "ax"])).stdout.includes("sleep 987"));
    });

    test("a port of the seat: both ways, whole, at the reader's pace", async () => {
      const { handle } = await own();
      const port = 20_000 + Math.floor(Math.random() * 20_000);
      expect(handle.dial(port)).rejects.toThrow(`port ${port}`);
      const server = await handle.spawn(under.echoServer(port));
      const socket = await until("the server", () => handle.dial(port).catch(() => undefined));
      const sent = Buffer.alloc(3_000_000, "0123456789abcdef");
      const heard: Uint8Array[] = [];
      let size = 0;
      socket.onData((bytes) => {
        heard.push(bytes.slice());
        size += bytes.length;
      });
      let at = 0;
      const go = () => {
        while (at < sent.length) {
          const taken = socket.write(sent.subarray(at));
          if (taken === 0) return;
          at += taken;
        }
      };
      socket.onDrain(go);
      go();
      await until("the echo", () => size >= sent.length);
      expect(Buffer.concat(heard).equals(sent)).toBe(true);
      socket.close();
      await socket.closed;
      server.kill();
      await server.exited;
    });

    test("an agent that starts again finds the shells as they were", async () => {
      const { seat, handle } = await own();
      const before = await look(handle);
      before.type("kept=here-$((7+7)); echo set-$((1+1))\r");
      await before.shows("set-2");
      // Seats of tests before go at the same time.
      await until("nothing to go on", () => seats.report().changes.every(({ endedAt }) => endedAt !== undefined));
      await seats.close();
      seats = await open();
      want();
      expect(seats.report().changes.filter(({ endedAt }) => endedAt === undefined)).toEqual([]);
      const again = await ready(seat);
      expect(again.cdpPort).toBe(handle.cdpPort);
      const after = await look(again);
      after.type("echo $kept\r");
      await after.shows("here-14");
      before.pty.close();
    });

    test("after a reboot a seat has its files, and a new shell", async () => {
      const { seat, handle } = await own();
      writeFileSync(join(handle.workspace, "work.txt"), "mine");
      // A reboot is never seen half done: an agent that watched it would repair the seat between its shell's end and its disk's.
      await seats.close();
      await under.reboot(machine, seat);
      seats = await open();
      want();
      await until("the repair", () => seats.report().changes.some((change) => change.kind === "repair"));
      const again = await ready(seat);
      expect(readFileSync(join(again.workspace, "work.txt"), "utf8")).toBe("mine");
      const screen = await look(again);
      await screen.shows(`learner@seat-${seatName(seat)}:/workspace$ `);
      screen.pty.close();
      expect(seats.status(seat)).toBe("ready");
    });

    test("a stranger's seat is made anew, the same learner's isn't", async () => {
      const { seat, handle } = await own();
      writeFileSync(join(handle.workspace, "work.txt"), "mine");
      held.set(seat, { seat, generation: 2, freshSince: 1 });
      want();
      await ready(seat);
      expect(readdirSync(handle.workspace)).toContain("work.txt");
      held.set(seat, { seat, generation: 3, freshSince: 3 });
      want();
      expect(seats.seat(seat)).toBeUndefined();
      expect(readdirSync((await ready(seat)).workspace)).not.toContain("work.txt");
    });

    test("an end that keeps the files until they are packed, then leaves nothing", async () => {
      const { seat, handle } = await own();
      writeFileSync(join(handle.workspace, "work.txt"), "mine");
      // A program that doesn't want to go, and one that hides whose it is.
      await handle.spawn(["sh", "-c", "trap '' HUP TERM INT; while :; do sleep 1; done"]);
      const screen = await look(handle);
      screen.type("clear; (setsid sh -c 'exec -a hidden env -i sleep 989' &) ; echo hid''den\r");
      await screen.shows("hidden");
      const before = await seats.leftovers();
      expect(before.processes).toBeGreaterThan(3);
      want({ phase: "ending", keepFiles: true });
      expect(seats.seat(seat)).toBeUndefined();
      await until("the shells to end", async () => (await seats.leftovers()).processes === 0);
      await until("the stop to be done", () => seats.report().changes.every((change) => change.endedAt !== undefined));
      expect(existsSync(join(seats.files(seat)?.workspace ?? "", "work.txt"))).toBe(true);
      want({ phase: "ending" });
      await until("nothing to be left", async () => isNothing(await seats.leftovers()));
      await until("the removal to be done", () => seats.report().changes.every((change) => change.endedAt !== undefined));
      expect(seats.files(seat)).toBeUndefined();
      expect(seats.removed().processes).toBeGreaterThan(3);
      expect(seats.removed().bytes).toBeGreaterThan(0);
      expect(await seats.runtime.found()).toEqual([]);
    });
  });
}

const sha256 = (text: string): string => new Bun.CryptoHasher("sha256").update(text).digest("hex");

/** The value once it stands still for three looks. */
async function settled(look: () => number): Promise<number> {
  let last = -1;
  let same = 0;
  return until("it to stand still", () => {
    same = look() === last ? same + 1 : 0;
    last = look();
    return same >= 3 ? last : undefined;
  });
}

const isNothing = (left: object): boolean => Object.values(left).every((count) => count === 0);
