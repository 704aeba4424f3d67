import { expect, test } from "bun:test";
import { $ } from "bun";
import { raiseFirewall, removeFirewall } from "../../../../../agent/seats/docker/network/firewall.ts";
import { hooksOf } from "../../../../../agent/seats/docker/network/firewall-rules.ts";

const canSet = process.getuid?.() === 0 && Bun.which("iptables") !== null;
/** More than one computer has. */
const MACHINES = 8;

test.skipIf(!canSet)("machines that raise theirs at once take no hook from each other (needs root, iptables)", async () => {
  const machines = Array.from({ length: MACHINES }, () => `clarateach-ws-${Bun.randomUUIDv7().slice(-6)}`);
  // Addresses for documentation (RFC 5737): no seat has them.
  const networks = { subnets: "203.0.113.0/24", block: "203.0.113.0/26" };
  try {
    for (let turn = 0; turn < 2; turn++)
      await Promise.all(
        machines.map((machine) =>
          raiseFirewall({ machine, ...networks, outbound: { policy: "none" }, allow: [], admitted: [], open: [] }),
        ),
      );
    const rules = (await $`iptables-save`.text()).split("\n");
    for (const machine of machines)
      for (const { version, chain, rule } of hooksOf(machine))
        if (version === 4) expect(rules.filter((line) => line === `-A ${chain} ${rule.join(" ")}`)).toHaveLength(1);
  } finally {
    for (const machine of machines) await removeFirewall(machine);
  }
});
