import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runtimeDirectories } from "../../../../agent/contract/running.ts";
import { seatName } from "../../../../agent/contract/seats.ts";
import { openSeats } from "../../../../agent/seats/manager.ts";
import { environmentOf } from "../../../../agent/seats/process/environment.ts";
import { placesOf } from "../../../../agent/seats/process/place.ts";
import { findProcesses, signal } from "../../../../agent/seats/process/processes.ts";
import { processRuntime } from "../../../../agent/seats/process/runtime.ts";
import { Tmux } from "../../../../agent/seats/process/tmux.ts";
import { documentOf } from "../../../support/document.ts";
import { runtimeBehaviour } from "../../../support/runtime-behaviour.ts";
import { until } from "../../../support/until.ts";

/** Answers what it hears, in the tool that every machine has that runs this. */
const ECHO = `Bun.listen({hostname:"127.0.0.1",port:Number(process.argv.at(-1)),socket:{
  open(s){s.data=[]},
  data(s,b){ if(s.data.length){s.data.push(Buffer.from(b));return} const n=s.write(b); if(n<b.length){s.data.push(Buffer.from(b.subarray(n)));s.pause()} },
  drain(s){ while(s.data.length){const b=s.data.shift();const n=s.write(b);if(n<b.length){s.data.unshift(b.subarray(n));return}} s.resume() }}})`;

runtimeBehaviour("process", () => ({
  runtime: processRuntime({ path: process.env.PATH }),
  async reboot(machine, seat) {
    const ofSeat = async () => (await findProcesses(machine)).filter((one) => one.mark.endsWith(`/${seatName(seat)}`));
    for (const one of await ofSeat()) signal(one.pid, "SIGKILL");
    await until("the seat's processes to end", async () => (await ofSeat()).length === 0);
  },
  echoServer: (port) => [process.execPath, "-e", ECHO, String(port)],
}));

test("sockets that a clean-up swept away: the shells behind them are adopted; programs of an earlier agent end", async () => {
  const directory = mkdtempSync(join(tmpdir(), "ct-process-"));
  const machine = `clarateach-ws-${Bun.randomUUIDv7().slice(-6)}`;
  const open = async () => {
    const seats = await openSeats({
      directory,
      machine,
      runtime: processRuntime({ path: process.env.PATH }),
      starterPath: String,
    });
    seats.want(documentOf(machine, 1, { numbers: [1] }));
    return { seats, handle: await until("seat 1", () => seats.seat(1)) };
  };
  const first = await open();
  expect(statSync(first.handle.run.outside).mode & 0o777).toBe(0o700);
  expect(statSync(dirname(first.handle.run.outside)).mode & 0o777).toBe(0o700);
  const pids = async () => (await findProcesses(machine)).map((one) => one.pid);
  // A shell that draws its prompt is two for a moment.
  const before = await until("the session and its shell alone", async () => {
    const found = await pids();
    return found.length === 2 ? found : undefined;
  });
  await first.handle.spawn(["sleep", "986"]);
  await until("the program", async () => (await pids()).length === 3);
  await first.seats.close();
  rmSync(first.handle.run.outside, { recursive: true });
  const second = await open();
  expect(second.seats.report().changes.map((change) => change.summary)).toEqual(["Launch seat 1", "Repair seat 1"]);
  await until("the shells alone, the same ones", async () => (await pids()).join() === before.join());
  expect((await second.handle.exec(["true"])).code).toBe(0);
  await second.seats.runtime.removeEverything();
  await second.seats.close();
  rmSync(directory, { recursive: true, force: true });
});

test("a session that the call of a killed agent makes in the same moment counts", async () => {
  const directory = mkdtempSync(join(tmpdir(), "ct-process-"));
  const machine = `clarateach-ws-${Bun.randomUUIDv7().slice(-6)}`;
  const places = placesOf(directory, machine, runtimeDirectories(machine));
  const place = places.of(1);
  places.makeRun(place);
  mkdirSync(place.workspace, { recursive: true });
  const tmux = () => new Tmux("tmux", place, environmentOf(place, 0, process.env.PATH, {}));
  const { signal: never } = new AbortController();
  try {
    await Promise.all([tmux().start(never), tmux().start(never), tmux().start(never)]);
    expect(await tmux().isAlive()).toBe(true);
  } finally {
    await tmux().end();
    for (const path of [...runtimeDirectories(machine), directory]) rmSync(path, { recursive: true, force: true });
  }
});
