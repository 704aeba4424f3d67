import { expect, test } from "bun:test";
import { bridgeOf, bridgePrefix } from "../../../../../agent/seats/docker/names.ts";
import { chainOf, chainsOf, type Firewall, hooksOf, OURS } from "../../../../../agent/seats/docker/network/firewall-rules.ts";

const machine = "clarateach-ws-abc123";
const networks = { subnets: "10.222.0.0/16", block: "10.222.0.64/26" };
const chains = (outbound: Firewall["outbound"], allow: string[] = [], admitted: string[] = []) =>
  Object.fromEntries(
    chainsOf({ machine, ...networks, outbound, allow, admitted }).map(({ table, name, rules }) => [
      `${table}${name.replace(chainOf(machine), "")}`,
      rules,
    ]),
  );
const lines = (...given: Parameters<typeof chains>) => chains(...given).mangle ?? [];

test("names fit the kernel's limits, and bridges of one machine aren't another's", () => {
  expect(bridgeOf(machine, 10).length).toBeLessThanOrEqual(15);
  expect(`${chainOf(machine)}-N`.length).toBeLessThanOrEqual(28);
  expect(bridgeOf(machine, 1).startsWith(bridgePrefix("clarateach-ws-abc124"))).toBe(false);
});

test("metadata and the machine come before anything that is let through", () => {
  const rules = lines({ policy: "open" }, ["192.168.7.0/24"]);
  const at = (text: string) => rules.findIndex((rule) => rule.includes(text));
  const first = rules.findIndex((rule) => rule.endsWith("RETURN"));
  // Other seats too, though a whole private network is let through.
  for (const text of ["169.254.0.0/16", "--dst-type LOCAL", networks.subnets]) {
    expect(at(text)).toBeGreaterThanOrEqual(0);
    expect(at(text)).toBeLessThan(first);
  }
  // Whatever is let through is counted first.
  expect(at("-bytes")).toBeGreaterThan(0);
  expect(at("-bytes")).toBeLessThan(first);
  expect(at("192.168.7.0/24")).toBeLessThan(at("192.168.0.0/16"));
});

test("the last word: all for open, nothing for none, the list and then nothing for names", () => {
  expect(lines({ policy: "open" }).at(-1)).toBe("-j RETURN");
  expect(lines({ policy: "none" }, ["192.168.7.0/24"]).filter((rule) => rule.endsWith("RETURN"))).toEqual([]);
  expect(lines({ policy: "none" }).at(-1)).toBe("-j DROP");
  expect(lines({ policy: "names", names: ["a.org"] }).slice(-2)).toEqual([`-j ${chainOf(machine)}-N`, "-j DROP"]);
  expect(chains({ policy: "names", names: ["a.org"] }, [], ["192.0.2.7"])["mangle-N"]).toEqual([
    expect.stringMatching(/^-d 192\.0\.2\.7\/32 -m comment --comment ct[0-9a-f]{6} -j ACCEPT$/),
  ]);
  expect(chains({ policy: "open" })["mangle-N"]).toBeUndefined();
});

test("a seat calls out, answers come back, and nobody calls a seat: neither with its own address nor from a network of Docker's", () => {
  const { filter = [], nat } = chains({ policy: "open" });
  const bridges = `${bridgePrefix(machine)}+`;
  expect(filter[0]).toBe(`-s ${networks.block} ! -i ${bridges} -j DROP`);
  expect(filter[1]).toContain("ESTABLISHED -j ACCEPT");
  expect(filter[2]).toBe(`-o ${bridges} -j DROP`);
  expect(filter.slice(3)).toEqual([
    ...["docker+", "br-+"].map((to) => `-i ${bridges} -o ${to} -j DROP`),
    `-i ${bridges} -j ACCEPT`,
  ]);
  expect(nat).toEqual([`-s ${networks.block} -j MASQUERADE`]);
});

test("hooks of any machine may stand before each other, and nobody else's", () => {
  for (const { chain, rule } of hooksOf("clarateach-ws-other1")) expect(`-A ${chain} ${rule.join(" ")}`).toMatch(OURS);
  for (const line of ["-A PREROUTING -j ACCEPT", "-A FORWARD -j DOCKER-USER", "-A PREROUTING -i ct3fa91b-+ -j ACCEPT"])
    expect(line).not.toMatch(OURS);
});
