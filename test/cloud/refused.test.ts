/** A class on Google Cloud for which no authority signs. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GoogleWorld, startGoogleWorld } from "../provision/gce/world.ts";
import { type GoogleGateway, leftOf, openGoogleGateway } from "../support/google-gateway.ts";
import { startMiser } from "../support/miser.ts";
import { until } from "../support/until.ts";

let world: GoogleWorld;
let opened: GoogleGateway;
let data: string;
const day = `${new Date(Date.now() + 24 * 3_600_000).toISOString().slice(0, 19)}Z`;
const miser = startMiser(
  `too many certificates already issued, retry after ${day.replace("T", " ").replace("Z", " UTC")}: see the docs`,
);
beforeAll(async () => {
  world = await startGoogleWorld();
  data = mkdtempSync(join(tmpdir(), "ct-google-refused-"));
  opened = await openGoogleGateway(world, data, [miser, { directory: "http://127.0.0.1:9/dir" }]);
  await opened.gateway.begin();
});
afterAll(async () => {
  await opened.gateway.end();
  await world.end();
  await miser.end();
  rmSync(data, { recursive: true });
});

test("when every authority refuses the start is undone, nothing is left but the sealed key; what each said is told, dates too; another start doesn't ask who had enough", async () => {
  const wish = { name: "Refused", seats: 1, apiKey: "sk-ant-test-0123456789-0123456789" };
  const { workshopId: id } = (await opened.ask("POST", "/api/workshops", wish)).body;
  for (let round = 0; round < 2; round++) {
    await opened.ask("POST", `/api/workshops/${id}/start`);
    const failed = await until("the end of the start", async () => {
      const { body } = await opened.ask("GET", `/api/workshops/${id}`);
      return body.status === "failed" ? body : undefined;
    });
    expect(failed.failure).toContain(`No certificate could be had for ${id}.ws.example.com.`);
    expect(failed.failure).toContain(`too many certificates already issued, retry after ${day}: see the docs.`);
    expect(failed.failure).toContain("127.0.0.1:9: it can't be reached: ECONNREFUSED.");
    expect(leftOf(world).map((what) => what.split(" ")[0])).toEqual(["secret", "secretVersion"]);
  }
  expect(miser.orders).toEqual([`${id}.ws.example.com`]);
  await opened.ask("POST", `/api/workshops/${id}/stop`, { keepWork: false });
  await until("nothing", () => leftOf(world).length === 0);
});
