import { expect, test } from "bun:test";
import { chainOf, namesChainOf, rulesOf } from "../../../../agent/seats/docker/firewall.ts";
import { bridgeOf, bridgePrefix } from "../../../../agent/seats/docker/names.ts";

const machine = "clarateach-ws-abc123";
const lines = (outbound: Parameters<typeof rulesOf>[0]["outbound"], allow: string[] = []) =>
  rulesOf({ machine, outbound, allow })
    .split("\n")
    .filter((line) => line.startsWith("-A"))
    .map((line) => line.replace(`-A ${chainOf(machine)} `, ""));

test("names fit the kernel's limits, and bridges of one machine aren't another's", () => {
  expect(bridgeOf(machine, 10).length).toBeLessThanOrEqual(15);
  expect(namesChainOf(machine).length).toBeLessThanOrEqual(28);
  expect(bridgeOf(machine, 1).startsWith(bridgePrefix("clarateach-ws-abc124"))).toBe(false);
});

test("metadata and the machine come before anything that is let through", () => {
  const rules = lines({ policy: "open" }, ["192.168.7.0/24"]);
  const at = (text: string) => rules.findIndex((rule) => rule.includes(text));
  const first = rules.findIndex((rule) => rule.endsWith("RETURN"));
  for (const text of ["169.254.0.0/16", "--dst-type LOCAL"]) {
    expect(at(text)).toBeGreaterThanOrEqual(0);
    expect(at(text)).toBeLessThan(first);
  }
  expect(at("192.168.7.0/24")).toBeLessThan(at("192.168.0.0/16"));
});

test("the last word: all for open, nothing for none, the list and then nothing for names", () => {
  expect(lines({ policy: "open" }).at(-1)).toBe("-j RETURN");
  expect(lines({ policy: "none" }, ["192.168.7.0/24"]).filter((rule) => rule.endsWith("RETURN"))).toEqual([]);
  expect(lines({ policy: "none" }).at(-1)).toBe("-j DROP");
  expect(lines({ policy: "names", names: ["a.org"] }).slice(-2)).toEqual([`-j ${namesChainOf(machine)}`, "-j DROP"]);
});
