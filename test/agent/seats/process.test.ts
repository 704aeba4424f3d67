import { findProcesses, signal } from "../../../agent/seats/process/processes.ts";
import { processRuntime } from "../../../agent/seats/process/runtime.ts";
import { runtimeBehaviour } from "../../support/runtime-behaviour.ts";
import { until } from "../../support/until.ts";

/** Answers what it hears, in the tool that every machine has that runs this. */
const ECHO = `Bun.listen({hostname:"127.0.0.1",port:Number(process.argv.at(-1)),socket:{
  open(s){s.data=[]},
  data(s,b){ if(s.data.length){s.data.push(Buffer.from(b));return} const n=s.write(b); if(n<b.length){s.data.push(Buffer.from(b.subarray(n)));s.pause()} },
  drain(s){ while(s.data.length){const b=s.data.shift();const n=s.write(b);if(n<b.length){s.data.unshift(b.subarray(n));return}} s.resume() }}})`;

runtimeBehaviour("process", () => ({
  runtime: processRuntime({ path: process.env.PATH }),
  async reboot(machine, seat) {
    const ofSeat = async () => (await findProcesses(machine)).filter((one) => one.mark.endsWith(`/0${seat}`));
    for (const one of await ofSeat()) signal(one.pid, "SIGKILL");
    await until("the seat's processes to end", async () => (await ofSeat()).length === 0);
  },
  echoServer: (port) => [process.execPath, "-e", ECHO, String(port)],
}));
