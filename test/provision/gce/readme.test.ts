import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "../../../gateway/config.ts";
import { openCosts } from "../../../provision/gce/costs.ts";
import { SETTINGS } from "./settings.ts";

const readme = readFileSync(new URL("../../../provision/gce/README.md", import.meta.url), "utf8");
const blockOf = (fence: string): string => new RegExp(`^\`\`\`${fence}\\n(.*?)^\`\`\``, "ms").exec(readme)?.[1] ?? "";
const room = mkdtempSync(join(tmpdir(), "ct-google-readme-"));
afterAll(() => rmSync(room, { recursive: true }));

test("the settings that are shown are settings, and all that a gateway needs", () => {
  const lines = blockOf("ini").trim().split("\n");
  const shown = Object.fromEntries(
    lines.map((line) => {
      const [name = "", value = ""] = line.split(/=(.*)/s);
      return [
        name,
        value
          .replaceAll('"', "")
          .replace("PROJECT", "my-classes")
          .replace(/^the (first|second) digest$/, "a".repeat(64)),
      ];
    }),
  );
  const { google, url, proxied } = readConfig({ ...shown, CLARATEACH_DATA: room });
  expect([google?.project, google?.zones.length, url, proxied]).toEqual(["my-classes", 3, "https://teach.example.org", true]);
  expect(google?.agent?.url).toBe("https://storage.googleapis.com/my-classes-clarateach/clarateach-agent");
  expect(google?.network).toBe("global/networks/clarateach");
});

test("every setting of the table is one, and every one of Google Cloud's stands in it", () => {
  const table = readme.slice(readme.indexOf("## Settings"), readme.indexOf("## What it costs"));
  const named = [...table.matchAll(/`(?:CLARATEACH_GCE)?(_[A-Z0-9_]+)`|`CLARATEACH_GCE_([A-Z0-9_]+)`/g)].map(
    ([, short, long]) => `CLARATEACH_GCE${short ?? `_${long}`}`,
  );
  const told = (() => {
    try {
      readConfig({ CLARATEACH_CLOUD: "gce", CLARATEACH_GCE_NO_SUCH: "x", CLARATEACH_DATA: room });
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  })();
  const known = told.match(/CLARATEACH_GCE_[A-Z0-9_]+(?=[,.])/g) ?? [];
  expect(known.length).toBeGreaterThan(10);
  expect([...new Set(named)].sort()).toEqual([...new Set(known)].sort());
});

test("the unit of the gateway is one that systemd takes", async () => {
  const unit = blockOf("ini unit");
  expect(unit).toContain("ExecStart=/home/clarateach/clarateach/scripts/start");
  const path = join(room, "clarateach.service");
  writeFileSync(
    path,
    unit.replace("/home/clarateach/clarateach/scripts/start", "/bin/true").replace("User=clarateach", "User=daemon"),
  );
  const child = Bun.spawn(["systemd-analyze", "verify", path], { stdout: "pipe", stderr: "pipe" });
  const words = (await new Response(child.stderr).text()) + (await new Response(child.stdout).text());
  expect(words.split("\n").filter((line) => line.includes("clarateach.service"))).toEqual([]);
  expect(await child.exited).toBe(0);
});

test("the costs that it tells are what the price file makes of them", () => {
  const { next, of } = openCosts(SETTINGS);
  const rowOf = (machines: number, hours: number) => {
    const cost = of(Array.from({ length: machines }, () => ({ machine: next, hours })));
    return [...cost.items.map(({ usd }) => usd), cost.usd].map((usd) => `$${usd.toFixed(2)}`);
  };
  const [machines, disks, addresses, all] = rowOf(1, 4);
  expect(readme).toContain(`| 10 seats, 4 hours | ${machines} | ${disks} | ${addresses} | **${all}** |`);
  const three = rowOf(3, 8);
  expect(readme).toContain(`| 30 seats, 8 hours | ${three.slice(0, 3).join(" | ")} | **${three[3]}** |`);
});
