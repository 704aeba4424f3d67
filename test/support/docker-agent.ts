// An agent of the tests that can be killed: opens a machine's seats and holds them.
//   bun test/support/docker-agent.ts '{"directory":…,"machine":…,"numbers":[1],"settings":{…},"busy":true}'
import { join } from "node:path";
import { dockerRuntime } from "../../agent/seats/docker/runtime.ts";
import { openSeats } from "../../agent/seats/manager.ts";
import { PLAIN } from "./docker-seats.ts";
import { documentOf } from "./document.ts";
import { until } from "./until.ts";

const { directory, machine, numbers, settings, busy, wish = PLAIN } = JSON.parse(process.argv[2] ?? "{}");
const manager = await openSeats({
  directory,
  machine,
  runtime: dockerRuntime({ settings }),
  starterPath: (digest) => join(directory, digest),
  definitionPath: (digest) => join(directory, digest),
});
manager.want(documentOf(machine, 1, { numbers, ...wish }));
console.log("open");
for (const number of numbers) {
  const seat = await until(`seat ${number}`, () => manager.seat(number));
  if (!busy) continue;
  const pty = await seat.attach({ cols: 80, rows: 24 });
  pty.onData(() => {});
  pty.write(Buffer.from("kept=here-$((7+7)); touch set\r"));
  await seat.spawn(["sh", "-c", "sleep 4321 & wait"]);
  await until("the shell to have it", () => Bun.file(join(seat.workspace, "set")).exists());
}
console.log("ready");
await new Promise(() => setInterval(() => {}, 1000));
