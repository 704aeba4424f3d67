/** Seats are mended in mid-class: an instructor at her page in a real browser, ten seats on a real daemon, each with somebody in it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "../support/browser.ts";
import { packTar } from "../support/definition.ts";
import { openDesk, screenText, typeLine } from "../support/desk-page.ts";
import { startDockerWorld } from "../support/docker-world.ts";
import { canRunDocker } from "../support/dockerd.ts";
import { join, type Learner, type PlainTerminal } from "../support/learner.ts";
import { until } from "../support/until.ts";

const SEATS = 10;
/** It fails once for each file that a learner put there. */
const HOOK = 'if rm /workspace/break 2>/dev/null; then echo "notes found /workspace/break"; exit 3; fi\necho notes are set up\n';

const SDK = "name: notes\nplugs:\n  data: {interface: mount, workshop-target: /srv/data, uid: 1000}\n";

interface Sitting extends Learner {
  shell: PlainTerminal;
  /** Of its shell. */
  pid: string;
}

describe.skipIf(!canRunDocker)("seats that are mended in mid-class (needs root, dockerd, iptables)", () => {
  let world: Awaited<ReturnType<typeof startDockerWorld>>;
  let browser: Browser;
  let portal: Page;
  let id: string;
  let code: string;
  const learners: Sitting[] = [];
  const others = () => learners.filter(({ seat }) => seat !== 4);

  beforeAll(async () => {
    world = await startDockerWorld({ CLARATEACH_SEAT_MEMORY: "512M", CLARATEACH_SEAT_DISK: "256M" });
    browser = await launchChromium();
    portal = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
    await portal.goto(world.signInLink());
    await portal.getByRole("heading", { name: "No workshop yet" }).waitFor();
    ({ id, code } = await startedClass());
    for (let seat = 1; seat <= SEATS; seat++) learners.push(await sitDown());
    await portal.goto(`${world.url}/workshops/${id}`);
  });
  afterAll(async () => {
    for (const { shell } of learners) shell.close();
    await browser?.close();
    await world?.end();
  });

  async function startedClass() {
    const archive = await packTar([
      { name: "workshop.yaml", text: "name: own\nbase: debian@12\nsdks:\n  - name: project-notes\n" },
      { name: "project-notes/sdk.yaml", text: SDK },
      { name: "project-notes/hooks/setup-project", text: HOOK },
    ]);
    const form = new FormData();
    for (const [name, value] of Object.entries({
      name: "Mended",
      seats: `${SEATS}`,
      apiKey: "sk-ant-0123456789",
      smallSeats: "true",
    }))
      form.append(name, value);
    form.append("definition", new File([archive], "class.tar"));
    const { body } = await world.api("/api/workshops", { method: "POST", body: form });
    await world.api(`/api/workshops/${body.workshopId}/start`, { method: "POST" });
    await until("ten ready seats", async () => {
      const { body: now } = await world.api(`/api/workshops/${body.workshopId}`);
      if (now.failure) throw new Error(now.failure);
      return now.status === "running" && now.progress.ready === SEATS;
    });
    return { id: body.workshopId as string, code: body.code as string };
  }

  async function sitDown(): Promise<Sitting> {
    const learner = await join(world, { code, name: `Learner ${learners.length + 1}` });
    const shell = await learner.terminal();
    const screen = await shell.run("echo pid=$$.", /pid=\d+\./);
    return { ...learner, shell, pid: /pid=(\d+)\./.exec(screen)?.[1] ?? "" };
  }

  const row = (seat: number) => portal.locator(`#seat-${String(seat).padStart(2, "0")}`);
  /** How a change does. */
  const is = (summary: string, word: string) => change(summary).locator(".state", { hasText: word });
  const change = (summary: string) => portal.locator(".change", { hasText: summary }).first();
  const containers = async () => {
    const all = await world.docker.docker.listContainers({});
    return new Map(all.map(({ Id, Names }) => [Names.join().replace(/^\//, ""), Id]));
  };

  async function choose(seat: number, what: string): Promise<void> {
    await row(seat).getByRole("button").press("Enter");
    await portal.getByRole("link", { name: `${what} seat ${String(seat).padStart(2, "0")}…` }).press("Enter");
    await portal.locator("dialog[open]").waitFor();
  }

  test("she restores seat 4 while somebody types in it: /workspace stays, its home is fresh, and nine others go on", async () => {
    const fourth = learners.find(({ seat }) => seat === 4) as Sitting;
    const page = await (await browser.newContext()).newPage();
    await page.goto(
      (await world.api("/api/join", { method: "POST", json: { code, odehash: fourth.odehash }, anonymous: true })).body.url,
    );
    await openDesk(page);
    await page.getByRole("button", { name: "Got it" }).click();
    await typeLine(page, "echo kept > kept.txt; echo gone > ~/gone.txt; echo taken-$((1+1)); cat > typed.txt");
    // What comes sooner is read by the shell, and not by what it starts.
    await until("her program", async () => (await screenText(page)).includes("taken-2"));
    await page.keyboard.type("before the restore\n");
    await until("what she typed", async () => (await screenText(page)).includes("before the restore"));
    let types = true;
    const typing = (async () => {
      while (types) await page.keyboard.type("still typing\n", { delay: 40 });
    })();

    const before = await containers();
    await choose(4, "Restore");
    const question = portal.locator("dialog[open]");
    expect(await question.innerText()).toContain("/workspace stays.");
    expect(
      await question.getByRole("button", { name: "Leave it as it is" }).evaluate((one) => one === document.activeElement),
    ).toBe(true);
    await question.getByRole("button", { name: "Restore seat 04" }).press("Enter");
    await row(4).getByText("Seat is being restored").waitFor();
    await is("Restore seat 04", "Goes on").waitFor();
    for (const { shell } of others()) await shell.run("echo $((6*7))-during", "42-during");
    await is("Restore seat 04", "Done").waitFor();
    await row(4).getByText("Seat is being restored").waitFor({ state: "detached" });
    types = false;
    await typing;
    await until("her own page to be back in a shell", async () => {
      await typeLine(page, "echo back-$((1+1))");
      return (await screenText(page)).includes("back-2");
    });
    await page.close();

    for (const { shell, pid, seat } of others()) {
      const screen = await shell.run("echo $$-after", /\d+-after\s/);
      expect(screen.includes(`${pid}-after`), `the shell of seat ${seat}`).toBe(true);
    }
    const after = await containers();
    const changed = [...after].filter(([name, Id]) => before.get(name) !== Id).map(([name]) => name);
    expect([changed.length, changed[0]]).toEqual([1, expect.stringContaining("04")]);
    const again = await join(world, { code, odehash: fourth.odehash });
    const read = async (name: string) => (await again.get(`/files/workspace/${name}`)).body.content;
    expect([await read("kept.txt"), await read("typed.txt")]).toEqual(["kept\n", expect.stringMatching(/^before the restore\n/)]);
    const back = await again.terminal();
    await back.run("test -e ~/gone.txt; echo its-absence-is-$?", "its-absence-is-1");
    back.close();
  });

  test("what fails waits for her with its last lines; it survives a reload, and goes on when she says so", async () => {
    const fifth = learners.find(({ seat }) => seat === 5) as Sitting;
    await fifth.shell.run("touch /workspace/break; echo broken-$((1+1))", "broken-2");
    const old = await portal.context().newPage();
    await old.goto(`${world.url}/workshops/${id}/seats/5/stop`);
    await choose(5, "Restore");
    await portal.getByLabel("Wait when something fails").check();
    await portal.getByRole("button", { name: "Restore seat 05" }).click();
    const waiting = change("Restore seat 05");
    await is("Restore seat 05", "Waits for you").waitFor();
    await waiting.getByText("notes found /workspace/break").waitFor();
    await row(5).getByText("Seat waits for you").waitFor();
    expect(await row(6).getByText("Connected").count()).toBe(1);

    const tab = portal.context().waitForEvent("page");
    await waiting.getByRole("link", { name: "The whole log" }).click();
    const log = await tab;
    await log.getByText("notes found /workspace/break").waitFor();
    await log.close();
    await old.getByRole("button", { name: "Stop seat 05" }).click();
    await old.locator("#said").getByText("Seat 05 is busy").waitFor();
    await old.close();

    await portal.reload();
    await waiting.getByRole("button", { name: "Continue" }).press("Enter");
    await is("Restore seat 05", "Done").waitFor();
    await (await (await join(world, { code, odehash: fifth.odehash })).terminal()).run("echo in-$((1+1))", "in-2");
  });

  test("what she gives up goes back: the seat has the container that it had", async () => {
    const sixth = learners.find(({ seat }) => seat === 6) as Sitting;
    await sixth.shell.run("touch /workspace/break; echo mine > ~/mine.txt; echo broken-$((1+1))", "broken-2");
    const before = await containers();
    await choose(6, "Restore");
    await portal.getByLabel("Wait when something fails").check();
    await portal.getByRole("button", { name: "Restore seat 06" }).click();
    const waiting = change("Restore seat 06");
    await waiting.getByRole("button", { name: "Give up" }).click();
    await is("Restore seat 06", "Given up").waitFor();
    await until("the same containers", async () => Bun.deepEquals(await containers(), before));
    const back = await (await join(world, { code, odehash: sixth.odehash })).terminal();
    await back.run("cat ~/mine.txt; echo back-$((1+1))", "back-2");
    expect(back.screen()).toContain("mine");
  });

  test("a seat's connections are seen, ended and made again on its own page, and what runs in it goes on", async () => {
    const eighth = learners.find(({ seat }) => seat === 8) as Sitting;
    await portal.getByLabel("One seat").selectOption("08");
    await portal.getByRole("button", { name: "Look at it" }).click();
    await portal.getByRole("heading", { name: "Seat 08" }).waitFor();
    await portal.locator(".connections").getByText("mount, by itself").waitFor();
    await portal.getByRole("button", { name: "Disconnect notes:data" }).click();
    await portal.locator(".connections").getByText("disconnected by hand").waitFor();
    expect(await eighth.shell.run("test -w /srv/data; echo $$-without-$?", /\d+-without-1/)).toContain(`${eighth.pid}-without-1`);
    await portal.getByRole("button", { name: "Connect notes:data" }).click();
    await portal.locator(".connections").getByText("mount, by itself").waitFor();
    expect(await eighth.shell.run("echo hello > /srv/data/one; cat /srv/data/one; echo $$-with", /\d+-with\s/)).toContain(
      `${eighth.pid}-with`,
    );
    const { body } = await world.api(`/api/workshops/${id}/seats/08/connections`);
    expect(body).toMatchObject({ established: [{ plug: "notes:data", slot: "system:mount", auto: true }], undesired: [] });
    await portal.getByRole("link", { name: "Mended" }).click();
  });

  test("all seats at once, those that can: one is stopped before, and all run afterwards", async () => {
    await choose(7, "Stop");
    await portal.getByRole("button", { name: "Stop seat 07" }).click();
    await row(7).getByText("Seat is stopped").waitFor();
    await portal.getByRole("button", { name: "Start all seats" }).press("Enter");
    await portal.locator("#said").getByText("stayed as they are").waitFor();
    await row(7).locator(".place").waitFor({ state: "detached" });
    await portal.getByRole("link", { name: "Restore all seats…" }).click();
    await portal.locator("dialog[open]").getByText("Terminals and running programs of seats 01 to 10 end").waitFor();
    const [started, before] = [performance.now(), await containers()];
    await portal.getByRole("button", { name: "Restore all seats" }).click();
    await is("Restore seats 01 to 10", "Done").waitFor();
    console.log(`ten seats restored in ${((performance.now() - started) / 1000).toFixed(1)} s`);
    const after = await containers();
    expect([...after].filter(([name, Id]) => before.get(name) !== Id)).toHaveLength(SEATS);
    for (const { seat } of learners) expect(await row(seat).getByText("Seat is").count()).toBe(0);
  });
});
