import { describe, expect, test } from "bun:test";
import { seatObject } from "../../../agent/seats/docker/names.ts";
import { canRunDocker } from "../../support/dockerd.ts";
import { type Layered, layeredMachines, type OwnSdks } from "../../support/layered.ts";
import { until } from "../../support/until.ts";

const SEATS = [1, 2];
/** What ran, in its order. */
const order = (hook: string) => `echo "${hook} $(basename "$SDK") as $(id -un)" >>/workspace/order\n`;

/** `a` keeps a note of the home over its renewal, and says in which revision; its state is a directory with an owner, a link and a mode. */
const sdks = (b: string, revision: string): OwnSdks => ({
  a: {
    "hooks/setup-base": "echo a >/opt/a\n",
    "hooks/setup-project": order("setup-project"),
    "hooks/save-state": `${order("save-state")}cd "$SDK_STATE_DIR"; install -m 600 ~/note note; ln -s note link; echo ${revision} >by\n`,
    "hooks/restore-state": `${order("restore-state")}cd "$SDK_STATE_DIR"; { cat link by; stat -c '%U %a' note; echo ${revision}; } >/workspace/back\n`,
    "hooks/check-health": `${order("check-health")}workshopctl set-health okay\n`,
  },
  b: { "hooks/setup-base": `echo ${b} >/opt/b\n` },
});

/** All that is the seat's own, whichever container it is: its name, addresses, and the very directories that it works in. */
const IDENTITY = [
  "hostname; cat /sys/class/net/eth0/address; hostname -I",
  "stat -c '%n %d:%i %u:%g %a' /workspace /project ~ /tmp /workspace/work",
  "cat /workspace/work /project/work ~/note",
].join("; ");

describe.skipIf(!canRunDocker)("checks 12 and 13: seats that are refreshed (needs root, dockerd, iptables)", () => {
  const here = layeredMachines();
  const container = (machine: Layered, seat: number) => here.docker.docker.inspectContainer(seatObject(machine.machine, seat));
  const says = async (machine: Layered, seat: number, command: string) =>
    (await (await machine.ready(seat)).exec(["sh", "-c", command])).stdout;

  test("check 12: name, addresses, files and where they lie stay, all else is the image's; check 13: state is saved by what it was, found by what it is", async () => {
    const machine = await here.make();
    await machine.want(SEATS, sdks("b1", "v1"));
    for (const seat of SEATS) await says(machine, seat, "echo mine >/workspace/work; echo noted >~/note");
    const identities = () => Promise.all(SEATS.map((seat) => says(machine, seat, IDENTITY)));
    const [before, id] = [await identities(), (await container(machine, 1))?.Id];
    // Nothing outside those directories is a learner's to write; root of the container alone could, from outside.
    expect(await says(machine, 1, "touch /opt/mine 2>&1")).toContain("Read-only file system");

    await machine.want(SEATS, sdks("b2", "v2"));
    expect(await says(machine, 1, "cat /opt/b")).toBe("b1\n");
    const [change] = await machine.manager.ask(SEATS, { action: "refresh" });
    expect(change?.summary).toBe("Refresh 2 seats");
    await until("the seats to be away", () => SEATS.every((seat) => machine.manager.status(seat) === "pending"));
    expect((await machine.ended("refresh")).status).toBe("done");

    expect(await identities()).toEqual(before);
    expect((await container(machine, 1))?.Id).not.toBe(id as string);
    for (const seat of SEATS) {
      expect(await says(machine, seat, "cat /opt/a /opt/b; ls /opt")).toBe("a\nb2\na\nb\n");
      expect(await says(machine, seat, "cat /workspace/back")).toBe("noted\nv1\nlearner 600\nv2\n");
      expect(await says(machine, seat, "ls -A /var/lib/workshop/state")).toBe("");
    }
    const hooks = ["setup-project", "check-health", "save-state", "setup-project", "restore-state", "check-health"];
    expect(await says(machine, 1, "cat /workspace/order")).toBe(hooks.map((hook) => `${hook} a as learner\n`).join(""));
  });
});
