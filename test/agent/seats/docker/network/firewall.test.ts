import { expect, test } from "bun:test";
import { bridgeOf, bridgePrefix } from "../../../../../agent/seats/docker/names.ts";
import { chainOf, chainsOf, type Firewall, hooksOf, OURS } from "../../../../../agent/seats/docker/network/firewall-rules.ts";

const machine = "clarateach-ws-abc123";
const networks = { subnets: "10.222.0.0/16", block: "10.222.0.64/26" };
const chains = (outbound: Firewall["outbound"], allow: string[] = [], admitted: string[] = [], open: Firewall["open"] = []) =>
  Object.fromEntries(
    chainsOf({ machine, ...networks, outbound, allow, admitted, open }).map(({ table, name, rules }) => [
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
  // Who was led to a seat once has no way there any more.
  expect(filter[1]).toBe(`-o ${bridges} -m conntrack --ctstate DNAT --ctdir ORIGINAL -j DROP`);
  expect(filter[2]).toContain("ESTABLISHED -j ACCEPT");
  expect(filter[3]).toBe(`-o ${bridges} -j DROP`);
  expect(filter.slice(4)).toEqual([
    ...["docker+", "br-+"].map((to) => `-i ${bridges} -o ${to} -j DROP`),
    `-i ${bridges} -j ACCEPT`,
  ]);
  expect(nat).toEqual([`-s ${networks.block} -j MASQUERADE`]);
});

test("hooks of any machine may stand before each other, and nobody else's", () => {
  for (const { chain, rule } of hooksOf("clarateach-ws-other1")) expect(`-A ${chain} ${rule.join(" ")}`).toMatch(OURS);
  for (const line of [
    "-A PREROUTING -j ACCEPT",
    "-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER",
    "-A FORWARD -j DOCKER-USER",
    "-A PREROUTING -i ct3fa91b-+ -j ACCEPT",
  ])
    expect(line).not.toMatch(OURS);
});

test("an open port: answers from it pass after where no seat ever may go and what is counted, before all that is private, whatever the policy", () => {
  const open = [{ address: "10.222.0.66", port: 52_001 }];
  for (const policy of ["open", "none"] as const) {
    const { mangle: rules = [], nat } = chains({ policy }, [], [], open);
    const at = (text: string) => rules.findIndex((rule) => rule.includes(text));
    expect(rules.filter((rule) => rule.includes("--sport"))).toEqual(
      ["udp", "tcp"].map(
        (protocol) =>
          `-s 10.222.0.66/32 -p ${protocol} --sport 52001 -m conntrack --ctstate DNAT -m conntrack --ctstate ESTABLISHED --ctdir REPLY -j RETURN`,
      ),
    );
    for (const before of ["169.254.0.0/16", networks.subnets, "-bytes"]) expect(at(before)).toBeLessThan(at("--sport"));
    for (const after of ["--dst-type LOCAL", "10.0.0.0/8"]) expect(at("--sport")).toBeLessThan(at(after));
    expect(nat).toEqual([`-s ${networks.block} -j MASQUERADE`]);
  }
});

test("an open port leads to its seat alone, and only who was led there gets in", () => {
  const { "nat-M": leads, filter = [] } = chains({ policy: "none" }, [], [], [{ address: "10.222.0.66", port: 52_001 }]);
  expect(leads).toEqual(["udp", "tcp"].map((one) => `-p ${one} --dport 52001 -j DNAT --to-destination 10.222.0.66:52001`));
  const accepted = filter.filter((rule) => rule.includes("--dport"));
  expect(accepted).toHaveLength(2);
  for (const rule of accepted)
    expect(rule).toMatch(/-d 10\.222\.0\.66\/32 .* --dport 52001 -m conntrack --ctstate DNAT -j ACCEPT$/);
  expect(chains({ policy: "open" })["nat-M"]).toEqual([]);
});
