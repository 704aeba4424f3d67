import { firewallNow } from "../../agent/seats/docker/network/firewall.ts";
import { chainsOf, type Firewall } from "../../agent/seats/docker/network/firewall-rules.ts";

/** Every hook is in place, and every chain has as many rules as it should. */
export async function firewallStands(wall: Firewall): Promise<boolean> {
  const lines = (await firewallNow(wall.machine)).split("\n");
  const rules = lines.filter((line) => line.startsWith("-A ") && !line.endsWith(" place"));
  const wanted = chainsOf(wall).reduce((sum, chain) => sum + chain.rules.length, 0);
  return rules.length === wanted && !lines.some((line) => line.endsWith(" out of place"));
}
