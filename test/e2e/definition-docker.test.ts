/** A class in containers gets an SDK in mid-class: edited on its page, planned, refreshed, with everybody's files kept. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { launchChromium } from "../support/browser.ts";
import { definitionFiles, packTar } from "../support/definition.ts";
import { PLAIN } from "../support/docker-seats.ts";
import { startDockerWorld } from "../support/docker-world.ts";
import { canRunDocker } from "../support/dockerd.ts";
import { join, type Learner } from "../support/learner.ts";
import { until } from "../support/until.ts";

let world: Awaited<ReturnType<typeof startDockerWorld>>;
let browser: Browser;
beforeAll(async () => {
  if (canRunDocker) [world, browser] = await Promise.all([startDockerWorld(), launchChromium()]);
});
afterAll(async () => {
  await browser?.close();
  await world?.end();
});

async function started(definition: string): Promise<{ id: string; code: string }> {
  const wish = { name: "Notes", seats: 2, apiKey: "sk-ant-0123456789", smallSeats: true, definition };
  const { body } = await world.api("/api/workshops", { method: "POST", json: wish });
  await world.api(`/api/workshops/${body.workshopId}/start`, { method: "POST" });
  await until("the class to run", async () => {
    const { body: now } = await world.api(`/api/workshops/${body.workshopId}`);
    if (now.failure) throw new Error(now.failure);
    return now.status === "running";
  });
  return { id: body.workshopId, code: body.code };
}

const read = async (learner: Learner, name: string) => (await learner.get(`/files/workspace/${name}`)).body.content;

const plan = async (id: string) => (await world.api(`/api/workshops/${id}/plan`)).body;
const does = async (id: string) => (await plan(id)).seats.map((seat: { does: string }) => seat.does);

/** Layers of the run before may be there. */
const OF_THIS_RUN = crypto.randomUUID();

async function ownSdk(): Promise<{ name: string; mimeType: string; buffer: Buffer }> {
  const files = definitionFiles([
    { name: "project-notes/hooks/setup-project", text: "cp /usr/local/share/notes /workspace/\n", mode: 0o755 },
  ]).map((file) => {
    if (file.name === "workshop.yaml") return { ...file, text: `${PLAIN.definition}  - name: project-notes\n` };
    return file.name.endsWith("setup-base") ? { ...file, text: `echo ${OF_THIS_RUN} > /usr/local/share/notes\n` } : file;
  });
  return { name: "class.tar", mimeType: "application/x-tar", buffer: await packTar(files) };
}

test.skipIf(!canRunDocker)(
  "an SDK of one's own comes in mid-class: problems with lines, a plan, a refresh that keeps files",
  async () => {
    const { id, code } = await started(PLAIN.definition);
    const learner = await join(world, { code });
    await learner.get("/files/workspace/mine.txt", { method: "PUT", body: JSON.stringify({ content: "kept" }) });
    expect(await read(learner, "mine.txt")).toBe("kept");
    const page = await (await browser.newContext()).newPage();
    await page.goto(world.signInLink());
    await page.waitForURL(`${world.url}/`);
    await page.goto(`${world.url}/workshops/${id}`);
    await page.getByRole("link", { name: "Edit the definition…" }).click();
    const text = page.getByLabel("workshop.yaml", { exact: true });
    await page.getByText("Seats 01 and 02 stay as they are.").waitFor();

    await text.fill(`${PLAIN.definition}  - name: project-notes\n`);
    await page.getByRole("button", { name: "Save the definition" }).click();
    await page.getByText("Nothing was changed.").waitFor();
    expect(await page.getByRole("link", { name: "Line 6" }).count()).toBe(1);
    expect(await text.inputValue()).toContain("project-notes");

    await text.fill("");
    await page.getByLabel("Or a file").setInputFiles(await ownSdk());
    await page.getByText("“plain” is fine.").waitFor();
    await page.getByRole("button", { name: "Save the definition" }).click();
    await page.getByText("The definition is saved.").waitFor();
    await page.getByText("Seats 01 and 02 restart.").waitFor();
    expect(await page.locator("#plan").innerText()).toContain("One SDK is installed, once for all seats: project-notes.");
    expect(await plan(id)).toMatchObject({
      told: true,
      sdks: [
        { name: "system", layer: "reused" },
        { name: "project-notes", layer: "built" },
      ],
    });
    // Nothing happened in a seat by that.
    expect([await does(id), await read(learner, "notes")]).toEqual([["restarts", "restarts"], undefined]);

    const workshop = await page.request.get(`${world.url}/workshops/${id}`);
    expect(await workshop.text()).toContain("Seats 01 and 02 have the definition before.");
    await page.getByRole("link", { name: "Refresh all seats…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Refresh all seats" }).click();
    await page.waitForURL(`${world.url}/workshops/${id}`);
    await page.getByText("have the definition before").waitFor({ state: "hidden" });
    await until("both seats to have it", async () => (await does(id)).every((word: string) => word === "same"));
    expect([await read(learner, "notes"), await read(learner, "mine.txt")]).toEqual([`${OF_THIS_RUN}\n`, "kept"]);
    await page.getByRole("link", { name: "Edit the definition…" }).click();
    await page.getByText("Seats 01 and 02 stay as they are.").waitFor();
    expect(await page.getByRole("link", { name: "Refresh all seats…" }).count()).toBe(0);
  },
);
