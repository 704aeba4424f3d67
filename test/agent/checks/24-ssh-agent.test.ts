/** The operator's SSH agent in a seat: connected by a person, and no key comes with it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Problem } from "../../../agent/contract/errors.ts";
import type { ConnectAsk } from "../../../agent/seats/asks.ts";
import { canRunDocker } from "../../support/dockerd.ts";
import { type Layered, layeredMachines } from "../../support/layered.ts";
import { hasSshAgent, type OperatorsAgent, startSshAgent } from "../../support/ssh-agent.ts";
import { until } from "../../support/until.ts";

const AGENT = { plug: "a:ssh-agent", slot: "system:ssh-agent" };
const SDKS = { a: { "sdk.yaml": "name: a\nplugs:\n  ssh-agent:\n" } };
const LIST = 'echo "<$SSH_AUTH_SOCK>"; id -un; ssh-add -l 2>&1';

describe.skipIf(!canRunDocker || !hasSshAgent)("check 24 (needs root, dockerd, iptables, openssh-client)", () => {
  const machines = layeredMachines();
  let operators: OperatorsAgent;
  beforeAll(async () => {
    operators = await startSshAgent();
  });
  afterAll(() => operators.end());

  const says = async (machine: Layered, command: string, seat = 1) =>
    (await (await machine.ready(seat)).exec(["bash", "-c", command])).stdout;
  const asked = async (machine: Layered, ask: ConnectAsk) => {
    await machine.manager.ask([1], ask);
    const { status, error } = await machine.ended(ask.action);
    expect([status, error]).toEqual(["done", undefined]);
  };
  /** What a new shell of the seat's terminal knows. */
  async function newShell(machine: Layered): Promise<string> {
    const seat = await machine.ready(1);
    const name = `t${Bun.randomUUIDv7().slice(-6)}`;
    await seat.askTmux(["new-session", "-d", "-s", name, `echo "<$SSH_AUTH_SOCK>" >/tmp/${name}`]);
    return until("the shell", async () => (await says(machine, `cat /tmp/${name} 2>/dev/null`)).trim() || undefined);
  }

  test("it isn't there by itself; when an operator connects it the learner lists and signs, no key file is inside; it goes when it is disconnected", async () => {
    const machine = await machines.make({ settings: { sshAgent: operators.socket } });
    await machine.want([1, 2], SDKS);
    expect(await says(machine, LIST)).toStartWith("<>\nlearner\n");
    expect(await says(machine, LIST)).not.toContain(operators.fingerprint);
    expect(await newShell(machine)).toBe("<>");
    expect((await machine.manager.connections(1)).established).toEqual([]);

    await asked(machine, { action: "connect", ...AGENT });
    expect(await says(machine, LIST)).toMatch(
      new RegExp(`^<(/\\S+)>\nlearner\n256 ${RegExp.escape(operators.fingerprint)} operator \\(ED25519\\)\n$`),
    );
    const [socket = ""] = (await newShell(machine)).match(/\/[^>]*/) ?? [];
    expect(await says(machine, `stat -c "%U %a %F" ${socket}; find / -xdev -name "id_*" -not -path "/proc/*" 2>/dev/null`)).toBe(
      "learner 600 socket\n",
    );
    const sign = "cd $(mktemp -d); echo work >w; ssh-add -L >k.pub; ssh-keygen -q -Y sign -f k.pub -n file w && head -1 w.sig";
    expect(await says(machine, sign)).toBe("-----BEGIN SSH SIGNATURE-----\n");
    await says(machine, "ssh-add -D");
    expect(await operators.list()).toContain(operators.fingerprint);
    expect(await says(machine, LIST, 2)).toStartWith("<>\n");

    // It outlives a stop of the seat and of the agent.
    await machine.manager.ask([1], { action: "stop" });
    expect((await machine.ended("stop")).status).toBe("done");
    await machine.manager.ask([1], { action: "start" });
    expect(await says(machine, LIST)).toContain(operators.fingerprint);
    await machine.close();
    await machine.open();
    expect(await says(machine, LIST)).toContain(operators.fingerprint);

    await asked(machine, { action: "disconnect", ...AGENT });
    expect(await says(machine, `${LIST}; ls ${socket} 2>&1`)).not.toContain(operators.fingerprint);
    expect(await says(machine, `ls ${socket} 2>&1`)).toContain("No such file");
    expect(await newShell(machine)).toBe("<>");
  });

  test("a machine without one says so before anything is done", async () => {
    const refused = async (machine: Layered) =>
      machine.manager.ask([1], { action: "connect", ...AGENT }).then(
        () => "nothing",
        ({ code, message }: Problem) => `${code}: ${message}`,
      );
    const machine = await machines.make();
    await machine.want([1], SDKS);
    await machine.ready(1);
    expect(await refused(machine)).toMatch(
      /^INVALID_INPUT: a:ssh-agent isn't connected: This machine offers seats no SSH agent\. /,
    );
    const other = await machines.make({ settings: { sshAgent: "/nowhere/agent" } });
    await other.want([1], SDKS);
    await other.ready(1);
    expect(await refused(other)).toContain("No SSH agent answers at /nowhere/agent of this machine. Start it there");
  });
});
