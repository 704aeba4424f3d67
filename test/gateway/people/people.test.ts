import { afterAll, beforeAll, expect, test } from "bun:test";
import { isOwnOrigin } from "../../../gateway/people/cookies.ts";
import { FailureLimits } from "../../../gateway/people/limits.ts";
import { People } from "../../../gateway/people/people.ts";
import { type Desk, openDesk, URL_OF_GATEWAY } from "../support.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.end());

const secretOf = (link: string): string => link.split("#")[1] ?? "";
const here = { address: "127.0.0.1" };
const withCookie = (cookie: string, init: RequestInit = {}, path = "/api/workshops") =>
  new Request(URL_OF_GATEWAY + path, { ...init, headers: { cookie: cookie.split(";")[0] ?? "", ...Object(init.headers) } });

test("the link signs in once; the cookie is HttpOnly and SameSite, and the database has digests only", async () => {
  const { people, db } = desk.gateway;
  const link = await people.signInLink();
  expect(link).toMatch(/^http:\/\/localhost:3999\/sign-in#[\w-]{43}$/);
  const { cookie, instructor } = await people.signIn(secretOf(link), here);
  expect(cookie).toMatch(/^ct_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/);
  expect(instructor.id).toBe("local");
  expect(people.signIn(secretOf(link), here)).rejects.toThrow("already used");
  expect(await people.instructor(withCookie(cookie))).toEqual(instructor);
  const kept = JSON.stringify([
    await db.selectFrom("sessions").selectAll().execute(),
    await db.selectFrom("sign_in_links").selectAll().execute(),
  ]);
  expect(kept).not.toContain(secretOf(link));
  expect(kept).not.toContain(/ct_session=([\w-]+)/.exec(cookie)?.[1] ?? "?");
});

test("two uses of one link at once make one session", async () => {
  const link = await desk.gateway.people.signInLink();
  const uses = await Promise.allSettled([1, 2, 3].map(() => desk.gateway.people.signIn(secretOf(link), here)));
  expect(uses.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});

test("a new link ends the one before; a link dies after an hour", async () => {
  const { people, db } = desk.gateway;
  const first = await people.signInLink();
  const second = await people.signInLink();
  await expect(people.signIn(secretOf(first), here)).rejects.toThrow("too old");
  const { expires_at } = await db.selectFrom("sign_in_links").select("expires_at").executeTakeFirstOrThrow();
  expect(Date.parse(expires_at) - Date.now()).toBeWithin(3_540_000, 3_600_001);
  await db
    .updateTable("sign_in_links")
    .set({ expires_at: new Date(Date.now() - 1).toISOString() })
    .execute();
  expect(people.signIn(secretOf(second), here)).rejects.toThrow("too old");
});

test("a session changes things only from our own pages, and ends with sign-out", async () => {
  const { people, app } = desk.gateway;
  const { cookie } = await people.signIn(secretOf(await people.signInLink()), here);
  const post = (headers: Record<string, string>) => app.handle(withCookie(cookie, { method: "POST", body: "{}", headers }));
  for (const origin of ["http://localhost:4101", "https://evil.example", "null"])
    expect((await post({ origin })).status, origin).toBe(403);
  expect((await post({})).status).toBe(403);
  for (const origin of ["http://localhost:3999", "http://127.0.0.1:3999"])
    expect((await post({ origin })).status, origin).toBe(400);
  const gone = await people.signOut(withCookie(cookie));
  expect(gone).toContain("Max-Age=0");
  expect((await app.handle(withCookie(cookie))).status).toBe(401);
});

test("beside a public address this computer's own names are strangers", () => {
  const from = (origin: string) => new Request("http://x/", { method: "POST", headers: { origin } });
  for (const origin of ["http://localhost:3000", "http://127.0.0.1:3000", "http://class.example.org", "http://localhost"])
    expect(isOwnOrigin(from(origin), "https://class.example.org"), origin).toBe(false);
  expect(isOwnOrigin(from("https://class.example.org"), "https://class.example.org")).toBe(true);
  expect(isOwnOrigin(from("http://127.0.0.1:3000"), "http://localhost:3000")).toBe(true);
  expect(isOwnOrigin(from("http://127.0.0.1:3001"), "http://localhost:3000")).toBe(false);
  expect(isOwnOrigin(from("https://localhost:3000"), "http://localhost:3000")).toBe(false);
});

test("an expired or invented session is nobody's", async () => {
  const { people, db } = desk.gateway;
  const { cookie } = await people.signIn(secretOf(await people.signInLink()), here);
  await db
    .updateTable("sessions")
    .set({ expires_at: new Date(Date.now() - 1).toISOString() })
    .execute();
  expect(await people.maybeInstructor(withCookie(cookie))).toBeUndefined();
  for (const invented of ["ct_session=", "ct_session=' or 1=1 --", "ct_session", "=;;=", `ct_session=${"x".repeat(10_000)}`]) {
    expect(await people.maybeInstructor(withCookie(invented))).toBeUndefined();
  }
});

test("links that don't work are slowed down", async () => {
  const { people } = desk.gateway;
  const stranger = { address: "203.0.113.7" };
  for (let i = 0; i < 20; i++) expect(people.signIn(`wrong-${i}`, stranger)).rejects.toThrow("already used");
  await expect(people.signIn("wrong", stranger)).rejects.toMatchObject({ code: "RATE_LIMITED" });
  expect((await people.signIn(secretOf(await people.signInLink()), here)).instructor.id).toBe("local");
});

test("which browser it is: under https no other host of the domain can say so", () => {
  const [own, other] = ["01".repeat(16), "23".repeat(16)];
  const at = (url: string) => new People(desk.gateway.db, { url }, new FailureLimits());
  const [plain, server] = [at(URL_OF_GATEWAY), at("https://class.example.org")];
  const found = (people: People, cookie: string) => people.browserOf(new Request(URL_OF_GATEWAY, { headers: { cookie } }));
  expect(plain.browserCookie(own)).toMatch(/^ct_browser=[0-9a-f]{32}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/);
  expect(found(plain, `__Host-ct_browser=${other}; ct_browser=${own}`)).toBe(own);
  const cookie = /^__Host-ct_browser=[0-9a-f]{32}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+; Secure$/;
  expect(server.browserCookie(own)).toMatch(cookie);
  expect(found(server, `ct_browser=${other}; __Host-ct_browser=${own}`)).toBe(own);
  expect(found(server, `ct_browser=${other}; __Host-ct_browser=made up`)).toBeUndefined();
  // As a page below the same domain sets it, by Domain=.
  expect(found(server, `ct_browser=${other}`)).toBeUndefined();
});
