import { afterEach, beforeEach, expect, test } from "bun:test";
import { googleAuthLibrary } from "google-gax";
import { openZone } from "../../../provision/gce/zone.ts";
import { type GoogleWorld, startGoogleWorld } from "./world.ts";

let world: GoogleWorld;
beforeEach(async () => {
  world = await startGoogleWorld();
});
afterEach(() => world.end());

const zone = () =>
  openZone(world.google.world.project, "ws", {
    ...{ host: "127.0.0.1", port: world.google.port },
    authClient: new googleAuthLibrary.PassThroughClient(),
  });
const changes = () => (world.google.world.dns.zones.get("ws")?.changes ?? []).length;

for (const kind of ["cut", "lost"] as const) {
  test(`a change whose line is ${kind} leaves once: what came of it may be taken away before a second one arrives`, async () => {
    const dns = await zone();
    const record = dns.record("a", { name: "x.ws.example.com.", ttl: 60, data: "192.0.2.1" });
    const before = changes();
    world.google.world.faults.add({ kind, method: "POST", path: "/changes" });
    await expect(dns.addRecords(record)).rejects.toThrow();
    expect(changes() - before).toBe(kind === "lost" ? 1 : 0);
    // The fault was met by the one call: this one finds what that left.
    if (kind === "cut") await dns.addRecords(record);
    else await expect(dns.addRecords(record)).rejects.toMatchObject({ code: 409, errors: [{ reason: "alreadyExists" }] });
  });
}
