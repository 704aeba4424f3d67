import { describe, expect, test } from "bun:test";
import { tmpdir } from "node:os";
import { attachTerminal } from "../../../../agent/seats/docker/container/terminal.ts";
import { examineDocker } from "../../../../agent/seats/docker/doctor.ts";
import { seatObject } from "../../../../agent/seats/docker/names.ts";
import { DOCKER_DEFAULTS } from "../../../../agent/seats/docker/settings.ts";
import { canRunDocker, smallSeats } from "../../../support/dockerd.ts";
import { seatsBeforeAll } from "../../../support/seats-before-all.ts";
import { until } from "../../../support/until.ts";

test("without a daemon: what is missing, and how to get it; no look throws", async () => {
  const found = await examineDocker({ ...DOCKER_DEFAULTS, socket: "/nonexistent/docker.sock" }, 10, tmpdir());
  const docker = found.find(({ what }) => what === "Docker");
  expect(docker).toEqual({
    what: "Docker",
    state: "bad",
    found: 'cannot ask Docker for its version: no Docker daemon answers at "/nonexistent/docker.sock"',
    fix: expect.stringMatching(/^sudo .* docker.*, or set CLARATEACH_DOCKER_SOCKET to where its socket is$/),
  });
  expect(found.every(({ state, fix }) => state === "good" || (fix ?? "") !== "")).toBe(true);
});

describe.skipIf(!canRunDocker)("with a daemon (needs root, dockerd, iptables)", () => {
  const here = seatsBeforeAll([1]);

  test("all that seats need is found; what they can't have is said with what fits", async () => {
    const found = await examineDocker(smallSeats(here.docker), 3, tmpdir());
    expect(found.filter(({ state }) => state === "bad")).toEqual([]);
    const whats = found.map(({ what }) => what);
    for (const what of ["control groups", "filter on system calls (seccomp)", "AppArmor"]) expect(whats).toContain(what);
    expect(found.find(({ what }) => what === "Docker's restarts")).toMatchObject({
      state: "good",
      found: expect.stringContaining("live-restore is on"),
    });
    expect(found.find(({ what }) => what.startsWith("image"))).toMatchObject({
      state: "good",
      found: expect.stringMatching(/with \/usr\/bin\/tmux,.*chromium/),
    });
    const greedy = await examineDocker({ ...smallSeats(here.docker), memory: 1024 ** 4 }, 3, tmpdir());
    expect(greedy.filter(({ state }) => state === "bad")).toEqual([
      {
        what: "memory and disk for 3 seats",
        state: "bad",
        found: expect.stringContaining("don't fit"),
        fix: expect.stringContaining("CLARATEACH_SEAT_MEMORY"),
      },
    ]);
  });

  const watch = async () => {
    const { uid } = (await here.seats.seat(1)).owner;
    const inside = { docker: here.docker.docker, container: seatObject(here.seats.machine, 1), uid };
    return attachTerminal(inside, { size: { cols: 40, rows: 10 }, name: "main", watches: true });
  };

  test("one who watches a seat where nobody was yet sees its shell", async () => {
    const watcher = await watch();
    let seen = "";
    watcher.onData((bytes) => {
      seen += Buffer.from(bytes).toString("latin1");
    });
    await until("the prompt", () => seen.includes("seat-01"));
    watcher.close();
    await watcher.exited;
  });

  test("one who watches sees all, changes neither the size nor anything else", async () => {
    const learner = await (await here.seats.seat(1)).attach({ cols: 100, rows: 30 });
    const watcher = await watch();
    let [mine, theirs] = ["", ""];
    learner.onData((bytes) => {
      mine += Buffer.from(bytes).toString("latin1");
    });
    watcher.onData((bytes) => {
      theirs += Buffer.from(bytes).toString("latin1");
    });
    watcher.write(Buffer.from("echo typed-by-watcher\r"));
    learner.write(Buffer.from("clear; echo to''ld\r"));
    await until("the watcher to see it", () => theirs.includes("told"));
    const { stdout } = await (await here.seats.seat(1)).exec(["tmux", "display", "-p", "#{window_width}x#{window_height}"]);
    expect(stdout).toBe("100x29\n");
    expect(mine).not.toContain("typed-by-watcher");
    watcher.close();
    await watcher.exited;
    learner.close();
  });
});
