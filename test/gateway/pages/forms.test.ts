import { afterAll, beforeEach, expect, test } from "bun:test";
import { Problem } from "../../../agent/contract/errors.ts";
import { definitionFiles, packZip, WORKSHOP_YAML } from "../../support/definition.ts";
import { type Pages, startPages } from "../../support/pages.ts";
import { paperWorkshop } from "../../support/paper-services.ts";
import { evilZip, starterZip } from "../../support/starter.ts";

let pages: Pages;
beforeEach(async () => {
  await pages?.end();
  pages = await startPages();
});
afterAll(() => pages.end());

const KEY = "sk-ant-0123456789-0123456789-0123456789";
const WISH = { name: "Data by hand", seats: "4", hours: "2", apiKey: KEY };
const archive = new Uint8Array(await starterZip());
const zip = () => new File([archive], "files.zip");

test("without scripts a form is answered by a redirect", async () => {
  const made = await pages.post("/workshops", WISH);
  expect([made.status, made.headers.get("location")]).toEqual([303, "/workshops/ws-new001"]);
  expect(pages.calls).toEqual([`create({"name":"Data by hand","seats":4,"apiKey":"${KEY}","hours":2,"smallSeats":false})`]);
  const started = await pages.post("/workshops/ws-new001/start", {});
  expect([started.status, started.headers.get("location")]).toEqual([303, "/workshops/ws-new001"]);
});

test("starter files go along, and only archives do", async () => {
  await pages.post("/workshops", { ...WISH, starter: zip() });
  expect(pages.calls.at(-1)).toBe(`putStarter("ws-new001","files.zip",${archive.length})`);
  const text = await (await pages.post("/workshops", { ...WISH, starter: new File(["hello"], "notes.txt") })).text();
  expect(text).toContain("notes.txt is no .zip, .tar or .tar.gz");
  const evil = new File([new Uint8Array(await evilZip())], "evil.zip");
  const refused = await (await pages.post("/workshops", { ...WISH, starter: evil })).text();
  expect(refused).toContain(
    "“../evil.txt” in evil.zip lies outside of the folder that it is unpacked in. Pack the archive without it.",
  );
  expect(pages.calls.filter((call) => call.startsWith("create"))).toHaveLength(1);
});

test("starter files that are refused take the new workshop with them", async () => {
  pages.services.workshops.putStarter = async () => {
    throw new Problem("TOO_LARGE", "files.zip unpacks to 9 GB: use at most 2 GB.");
  };
  const answer = await pages.post("/workshops", { ...WISH, starter: zip() });
  expect([answer.status, (await answer.text()).includes("unpacks to 9 GB")]).toEqual([400, true]);
  expect(pages.calls.at(-1)).toStartWith(`stop("ws-new001"`);
});

test("a refused form keeps what was typed, names every field, and never sends the key back", async () => {
  const answer = await pages.post("/workshops", {
    name: "",
    seats: "240",
    hours: "x",
    apiKey: "short key",
    definition: "base: <b>",
  });
  const html = await answer.text();
  expect(answer.status).toBe(422);
  expect(html).toContain("240 seats are too many: use 1 to 99.");
  expect(html).toContain("The workshop needs a name.");
  expect(html).toContain("This key has a space or a line break in it.");
  expect(html).toContain("The number of hours is");
  expect(html).toContain("base: &lt;b>");
  expect(html).toContain("2 problems in this definition:");
  expect(html).toContain("“base” is “&lt;b>”. It has to be debian@12.");
  expect(html).not.toContain("short key");
  expect(pages.calls).toEqual([]);
});

test("each problem of a definition leads to its line, which is the line of what was typed", async () => {
  const definition = "  name: first\r\n  base: ubuntu@24.04\r\n  sdks:\r\n    - name: ndoe";
  const html = await (await pages.post("/workshops", { ...WISH, definition: `\r\n \r\n${definition}\r\n` })).text();
  expect(html).toContain(
    `>${definition.replaceAll("\r\n", "\n")}</textarea>`.replaceAll("\n", html.includes("\r\n") ? "\r\n" : "\n"),
  );
  expect(
    [...html.matchAll(/href="#definition" data-go-to="([^"]*)">Line (\d+)</g)].map(([, place, line]) => [place, line]),
  ).toEqual([
    ["2:9", "2"],
    ["4:13", "4"],
  ]);
  expect(pages.calls).toEqual([]);
});

test("a definition longer than a file may be is refused, not cut", async () => {
  const long = await pages.post("/workshops", {
    ...WISH,
    definition: `name: first\r\nbase: debian@12\r\n${"#\r\n".repeat(300_000)}a: b`,
  });
  expect(await long.text()).toContain("262144 are the most");
});

const own = { ...WISH, environment: "own" };
const file = async (name: string, files = definitionFiles()) => new File([await packZip(files)], name);

test("an environment is a built-in one by name, a text, or a file of either form", async () => {
  await pages.post("/workshops", { ...WISH, environment: "python", definition: "what was typed before" });
  await pages.post("/workshops", { ...own, definition: WORKSHOP_YAML.replace("project-notes", "python") });
  await pages.post("/workshops", {
    ...own,
    definitionFile: new File([WORKSHOP_YAML.replace("project-notes", "python")], "a.yaml"),
  });
  await pages.post("/workshops", { ...own, definitionFile: await file("class.zip") });
  const wishes = pages.calls.map((call) => JSON.parse(call.slice("create(".length, -1).replaceAll("\\r\\n", "\\n")).definition);
  expect(wishes).toEqual([
    "python",
    WORKSHOP_YAML.replace("project-notes", "python").trim(),
    { path: expect.any(String), name: "a.yaml" },
    { path: expect.any(String), name: "class.zip" },
  ]);
});

test.each<[what: string, fields: Record<string, string | File>, ...sentences: string[]]>([
  ["nothing where something is due", own, "Paste the text of a workshop.yaml, or choose a file."],
  [
    "two at once",
    { ...own, definition: "name: a", definitionFile: await file("class.zip") },
    "There is a text, and class.zip besides. Empty the text, or take the file away.",
  ],
  [
    "an unknown built-in one",
    { ...WISH, environment: "rust" },
    "There is no built-in definition “rust”. Known are claude, python",
  ],
  [
    "an archive of problems, and starter files of some",
    {
      ...own,
      starter: new File(["hello"], "notes.txt"),
      definitionFile: await file("class.zip", [
        { name: "workshop.yaml", text: WORKSHOP_YAML.replace("node", "ndoe") },
        { name: "project-notes/sdk.yaml", text: "name: nots" },
        { name: "project-notes/hooks/setup-base", text: "a\r\n" },
      ]),
    },
    "3 problems in this definition:",
    "There is no SDK “ndoe”.",
    "project-notes/sdk.yaml</span>, line 1",
    "project-notes/hooks/setup-base</span>, line 1",
    "notes.txt is no .zip",
  ],
])("%s is refused with everything typed, and nothing is made", async (_, fields, ...sentences) => {
  const answer = await pages.post("/workshops", fields);
  const html = await answer.text();
  expect(answer.status).toBe(422);
  for (const sentence of sentences) expect(html).toContain(sentence);
  expect(html).toContain(`value="${WISH.name}"`);
  if (typeof fields.definition === "string") expect(html).toContain(`>${fields.definition}</textarea>`);
  expect(pages.calls).toEqual([]);
});

test("while the form is filled in, an own definition is looked at: what it installs, or all that is wrong", async () => {
  const look = async (fields: Record<string, string | File>) =>
    (await pages.post("/workshops/definition", { environment: "own", ...fields })).text();
  const found = await look({ definitionFile: await file("class.zip") });
  for (const words of ["“own” is fine.", "debian@12", "Node.js", "your own", "A small server for notes."])
    expect(found).toContain(words);
  expect(await look({ definition: "name: a\nbase: x" })).toContain('data-go-to="2:7"');
  expect(await look({})).toContain("choose a file");
  pages.services.workshops.fit = async () => ({ verdict: "good", runtime: "process" });
  expect(await look({ definitionFile: await file("class.zip") })).toContain("Seats are plain processes on this computer");
  expect(pages.calls).toEqual([]);
});

test("htmx gets the part alone, and a redirect that it can follow", async () => {
  const part = await (await pages.post("/workshops", { ...WISH, seats: "0" }, { "hx-request": "true" })).text();
  expect(part).toStartWith('<form id="new-workshop"');
  const made = await pages.post("/workshops", WISH, { "hx-request": "true" });
  expect([made.status, made.headers.get("hx-redirect")]).toEqual([200, "/workshops/ws-new001"]);
});

test("stop says who is there, and keeps work only when asked", async () => {
  pages.workshops.set("ws-k4m9p2", paperWorkshop());
  const html = await (await pages.get("/workshops/ws-k4m9p2/stop")).text();
  expect(html).toContain("1 learner is still connected");
  expect(html).toMatch(/name="keep"[^>]*checked/);
  await pages.post("/workshops/ws-k4m9p2/stop", { keep: "yes" });
  await pages.post("/workshops/ws-k4m9p2/stop", {});
  expect(pages.calls).toEqual([
    'stop("ws-k4m9p2",{"keepWork":true,"waitSeconds":0})',
    'stop("ws-k4m9p2",{"keepWork":false,"waitSeconds":0})',
  ]);
  expect((await pages.get("/workshops/ws-k4m9p2/stop")).headers.get("location")).toBe("/workshops/ws-k4m9p2");
});

test("a seat is freed after the question, and a free one says so", async () => {
  pages.workshops.set("ws-k4m9p2", paperWorkshop());
  expect(await (await pages.get("/workshops/ws-k4m9p2/seats/1/free")).text()).toContain("Free seat 01?");
  const free = await pages.get("/workshops/ws-k4m9p2/seats/2/free");
  expect([free.status, (await free.text()).includes("Seat 02 is free already")]).toEqual([409, true]);
  expect((await pages.get("/workshops/ws-k4m9p2/seats/1%2f..%2f2/free")).status).toBe(404);
  await pages.post("/workshops/ws-k4m9p2/seats/1/free", {});
  expect(pages.calls).toEqual(['freeSeat("ws-k4m9p2",1)']);
});

test("all seats of one address are freed after one question, which says who sits there", async () => {
  const free = "/workshops/ws-k4m9p2/seats/free?address=2001%3Adb8%3A%3A%2F64";
  const address = "2001:db8::/64";
  const learner = { name: "Mira", session: "connected", since: "2026-11-22T14:30:00Z", viewers: 1, odehash: "7k3fp" } as const;
  const learners = [1, 2].map((seat) => ({ ...learner, seat, address }));
  pages.workshops.set("ws-k4m9p2", paperWorkshop({ state: "running", learners }));
  const page = await (await pages.get("/workshops/ws-k4m9p2")).text();
  expect(page).toContain(free);
  expect(page).toContain("Seats 01 and 02 were taken from one address");
  expect(await (await pages.get(free)).text()).toContain("Free 2 seats?");
  await pages.post(free, {});
  expect(pages.calls).toEqual([`freeSeatsTakenFrom("ws-k4m9p2","${address}")`]);
  const none = await pages.get("/workshops/ws-k4m9p2/seats/free?address=192.0.2.1");
  expect([none.status, (await none.text()).includes("No seat is left that was taken from “192.0.2.1”")]).toEqual([409, true]);
});

test("somebody who guesses reconnect codes is shown while it goes on", async () => {
  const view = paperWorkshop({ state: "running" });
  pages.workshops.set("ws-k4m9p2", view);
  expect(await (await pages.get("/workshops/ws-k4m9p2")).text()).not.toContain("guessing");
  view.guessing = { wrong: 412, since: "2026-11-22T14:30:00Z", addresses: ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"] };
  const page = (await (await pages.get("/workshops/ws-k4m9p2")).text()).replace(/<[^>]+>/g, "");
  expect(page).toMatch(/guessing reconnect codes\. 412 wrong ones since .*from 192\.0\.2\.1, .* and 1 more address\./);
});

test("signed out, every page of the instructor is the sign-in page, and nothing is done", async () => {
  pages.workshops.set("ws-k4m9p2", paperWorkshop());
  const cookie = { cookie: "" };
  for (const path of [
    "/",
    "/workshops/new",
    "/workshops/ws-k4m9p2",
    "/workshops/ws-k4m9p2/events",
    "/workshops/ws-k4m9p2/stop",
  ]) {
    const answer = await pages.get(path, cookie);
    const html = await answer.text();
    expect([path, answer.status, html.includes("Use your one-time link"), html.includes("First steps")]).toEqual([
      path,
      401,
      true,
      false,
    ]);
  }
  for (const path of [
    "/workshops",
    "/workshops/ws-k4m9p2/start",
    "/workshops/ws-k4m9p2/stop",
    "/workshops/ws-k4m9p2/seats/1/free",
    "/workshops/ws-k4m9p2/seats/free?address=192.0.2.1",
  ]) {
    expect((await pages.post(path, {}, cookie)).status).toBe(401);
  }
  expect(pages.calls).toEqual([]);
});

test("a page of somebody else may not send our forms", async () => {
  pages.workshops.set("ws-k4m9p2", paperWorkshop());
  const stranger = { origin: "https://evil.example" };
  for (const path of ["/workshops/ws-k4m9p2/stop", "/join", "/sign-in", "/sign-out"]) {
    expect((await pages.post(path, { code: "X", secret: pages.secret }, stranger)).status).toBe(403);
  }
  expect(pages.calls).toEqual([]);
});

test("pages bring nothing from elsewhere and can't be framed or kept", async () => {
  for (const path of ["/", "/join", "/sign-in", "/nothing"]) {
    const { headers } = await pages.get(path);
    if (path === "/nothing") continue;
    expect(headers.get("content-security-policy")).toStartWith(
      "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    );
    expect([headers.get("x-content-type-options"), headers.get("referrer-policy"), headers.get("cache-control")]).toEqual([
      "nosniff",
      "same-origin",
      "no-store",
    ]);
  }
});

test("what isn't there, what fails, and what doesn't answer each have a page", async () => {
  const missing = await pages.get("/workshops/ws-zzzzzz");
  expect([missing.status, (await missing.text()).includes("No workshop ws-zzzzzz")]).toEqual([404, true]);
  pages.services.workshops.list = async () => {
    throw new Error("secret path /data/x");
  };
  const broken = await pages.get("/");
  const html = await broken.text();
  expect(broken.status).toBe(500);
  expect(html).toContain(pages.logged[0]?.[0] ?? "no number");
  expect(html).not.toContain("secret path");
  pages.services.workshops.list = async () => {
    throw new Problem("UNAVAILABLE", "The machine doesn’t answer. It is being started again.", { retryAfterSeconds: 4 });
  };
  const away = await pages.get("/");
  expect([away.status, away.headers.get("retry-after"), (await away.text()).includes("Next try in")]).toEqual([503, "4", true]);
});

test("the one-time link signs in by its secret, once", async () => {
  const good = await pages.post("/sign-in", { secret: pages.secret });
  expect([good.status, good.headers.get("location"), good.headers.get("set-cookie")?.includes("HttpOnly")]).toEqual([
    303,
    "/",
    true,
  ]);
  const used = await pages.post("/sign-in", { secret: "again" });
  expect([used.status, (await used.text()).includes("<strong>That link was already used.</strong>")]).toEqual([401, true]);
  const out = await pages.post("/sign-out", {});
  expect([out.headers.get("location"), out.headers.get("set-cookie")?.includes("Max-Age=0")]).toEqual(["/sign-in", true]);
});

test("nobody fills the memory with a form, and half a form is said to be one", async () => {
  for (const path of ["/join", "/sign-in"]) {
    const answer = await pages.post(path, { code: "x".repeat(20_000), secret: "x".repeat(20_000) }, { cookie: "" });
    expect([path, answer.status]).toEqual([path, 413]);
    const broken = await fetch(pages.url + path, { method: "POST", body: "{}", headers: { "content-type": "application/json" } });
    expect([path, broken.status]).toEqual([path, 400]);
  }
  expect(pages.calls).toEqual([]);
});

test("signing in leads back to the page that was asked for, and nowhere else", async () => {
  const asked = await pages.get("/workshops/ws-abc123/board", { cookie: "" });
  const [way = ""] = (asked.headers.get("set-cookie") ?? "").split(";");
  expect([asked.status, way]).toEqual([401, "ct_back=/workshops/ws-abc123/board"]);
  const signIn = (cookie: string) => pages.post("/sign-in", { secret: pages.secret }, { cookie });
  const back = await signIn(way);
  expect(back.headers.get("location")).toBe("/workshops/ws-abc123/board");
  expect(back.headers.getSetCookie().map((cookie) => cookie.split(";")[0])).toContain("ct_back=");
  for (const elsewhere of ["", "https://evil.example", "//evil.example", "/\\evil.example", "/workshops/../../evil"])
    expect((await signIn(`ct_back=${elsewhere}`)).headers.get("location")).toBe("/");
  expect((await pages.get("/workshops/ws-abc123/archive", { cookie: "" })).headers.get("set-cookie")).toBeNull();
});

test("a task's log is its owner's, text whatever it says, and numbers lead to it", async () => {
  pages.workshops.set("ws-k4m9p2", paperWorkshop());
  const path = "/workshops/ws-k4m9p2/machines/1/tasks/7/31/log";
  const log = await pages.get(path);
  expect(await log.text()).toBe("<script>alert(1)</script>\n");
  expect([log.headers.get("content-type"), log.headers.get("x-content-type-options")]).toEqual([
    "text/plain; charset=utf-8",
    "nosniff",
  ]);
  expect(log.headers.get("content-security-policy")).toContain("sandbox");
  expect(pages.calls).toEqual(['taskLog("ws-k4m9p2",{"machine":1,"change":"7","task":"31"})']);
  for (const wrong of ["..%2F..", "0", "x", "1".repeat(10)])
    expect((await pages.get(path.replace("/31/", `/${wrong}/`))).status, wrong).toBe(404);
  expect((await pages.get(path, { cookie: "" })).status).toBe(401);
  expect(pages.calls).toHaveLength(1);
});
