import { expect, test } from "bun:test";
import { createHmac, randomBytes } from "node:crypto";
import fc from "fast-check";
import { base64url, exportSPKI, importJWK, jwtVerify } from "jose";
import { END_GRACE_MS, openAccess, Replaced } from "../../agent/access.ts";
import { Problem } from "../../agent/contract/errors.ts";
import type { MachineDocument } from "../../agent/contract/machine.ts";
import { newDocument, newSigner } from "../support/machine.ts";
import { until } from "../support/until.ts";

const signer = await newSigner();
const stranger = await newSigner();
const cookieKey = randomBytes(32);
const bearer = (token: string) => new Headers({ authorization: `Bearer ${token}` });
const cookies = (text: string) => new Headers({ cookie: text });

function machine(more: Partial<MachineDocument> = {}) {
  const document = newDocument(signer, 2, more);
  return { document, access: openAccess(() => document, cookieKey) };
}

/** The code of the Problem it ends with; "entered" when it doesn't. */
async function outcome(run: Promise<unknown>): Promise<string> {
  try {
    await run;
    return "entered";
  } catch (error) {
    if (error instanceof Problem) return error.code;
    throw error;
  }
}

/** `ct_…=value` of a learner who entered. */
async function cookieOf({ document, access }: ReturnType<typeof machine>, seat = 1): Promise<string> {
  const learner = await access.enter(await signer.learner(document, seat));
  return (await access.cookie(learner, false)).split(";")[0] ?? "";
}

test("a learner enters with a token and is known by the cookie afterwards", async () => {
  const here = machine();
  const learner = await here.access.enter(await signer.learner(here.document, 2));
  expect(learner).toEqual({ workshop: here.document.workshop.id, seat: 2, gen: 1, odehash: "ab3d5", name: "Mira" });
  const cookie = await here.access.cookie(learner, false);
  expect(cookie).toMatch(
    new RegExp(`^ct_${here.document.workshop.id}_02=[^;]+; Path=/vm/02/; Max-Age=\\d+; HttpOnly; SameSite=Lax$`),
  );
  expect(await here.access.cookie(learner, true)).toEndWith("; Secure");
  expect(await here.access.learner(cookies(`other=1; ${cookie.split(";")[0]}`), 2)).toEqual(learner);
});

const REFUSED: [string, (document: MachineDocument) => Promise<string>][] = [
  ["expired", (d) => signer.learner(d, 1, { exp: Math.floor(Date.now() / 1000) - 3600 })],
  ["without an expiry", (d) => signer.learner(d, 1, { exp: undefined })],
  ["of another workshop", (d) => signer.learner(d, 1, { workshopId: "ws-other0" })],
  ["of another machine", (d) => signer.learner(d, 1, { aud: "clarateach-ws-other0" })],
  ["of this workshop's second machine", (d) => signer.learner(d, 1, { machine: 2 })],
  ["of another gateway", (d) => signer.learner(d, 1, { iss: "https://evil.example" })],
  ["of a lower generation", (d) => signer.learner(d, 1, { gen: 0 })],
  ["of a generation that isn't there yet", (d) => signer.learner(d, 1, { gen: 2 })],
  ["of a seat that isn't here", (d) => signer.learner(d, 9)],
  ["signed by a stranger", (d) => stranger.learner(d, 1)],
  ["of the machine plane", (d) => signer.machine(d)],
  ["that isn't one", async () => "not-a-token"],
  ["that is far too long", async () => "a".repeat(100_000)],
  ["with alg none", async (d) => unsigned(await signer.learner(d, 1), "")],
  ["signed with the public key as an HMAC secret", confused],
];

test.each(REFUSED)("a token %s is refused", async (_, make) => {
  const { document, access } = machine();
  const token = await make(document);
  expect(await outcome(access.enter(token))).toBe("UNAUTHORIZED");
  expect(await outcome(access.learner(bearer(token), 1))).toBe("UNAUTHORIZED");
});

test("a token altered anywhere is refused", async () => {
  const { document, access } = machine();
  const token = await signer.learner(document, 1);
  await fc.assert(
    fc.asyncProperty(fc.nat(token.length - 2), fc.constantFrom(..."ABCxyz019-_."), async (at, letter) => {
      fc.pre(token[at] !== letter);
      expect(await outcome(access.enter(token.slice(0, at) + letter + token.slice(at + 1)))).toBe("UNAUTHORIZED");
    }),
  );
});

test("whatever is sent as Authorization or Cookie, nobody enters and nothing breaks", async () => {
  const { access } = machine();
  const text = fc.string({ unit: fc.integer({ min: 32, max: 126 }).map((code) => String.fromCharCode(code)) });
  await fc.assert(
    fc.asyncProperty(text, text, async (authorization, cookie) => {
      const said = await outcome(access.learner(new Headers({ authorization, cookie }), 1));
      expect(["UNAUTHORIZED", "FORBIDDEN"]).toContain(said);
    }),
  );
});

test("a token or cookie of another seat is forbidden", async () => {
  const here = machine();
  expect(await outcome(here.access.learner(bearer(await signer.learner(here.document, 2)), 1))).toBe("FORBIDDEN");
  const cookie = await cookieOf(here, 2);
  expect(await outcome(here.access.learner(cookies(cookie), 1))).toBe("FORBIDDEN");
  expect(await outcome(here.access.learner(cookies(cookie.replace("_02=", "_01=")), 1))).toBe("FORBIDDEN");
});

test("another cookie of the same name, which pages below this host can set, keeps nobody out", async () => {
  const here = machine();
  const [own, others] = [await cookieOf(here), (await cookieOf(here, 2)).replace("_02=", "_01=")];
  const name = own.split("=")[0];
  for (const before of [`${name}=`, `${name}=x`, `${name}=${"y".repeat(3000)}`, others])
    expect(await outcome(here.access.learner(cookies(`${before}; ${own}`), 1))).toBe("entered");
  const many = Array.from({ length: 1000 }, (_, i) => `${name}=${i}`).join("; ");
  expect(await outcome(here.access.learner(cookies(`${many}; ${own}`), 1))).toBe("UNAUTHORIZED");
});

test("a cookie is this machine's alone, and no altered one is taken", async () => {
  const here = machine();
  const cookie = await cookieOf(here);
  const elsewhere = openAccess(() => here.document, randomBytes(32));
  expect(await outcome(elsewhere.learner(cookies(cookie), 1))).toBe("UNAUTHORIZED");
  const sister = openAccess(() => ({ ...here.document, machine: "clarateach-other" }), cookieKey);
  expect(await outcome(sister.learner(cookies(cookie), 1))).toBe("UNAUTHORIZED");
  const [name = "", value = ""] = cookie.split(/=(.*)/);
  expect(await outcome(here.access.learner(cookies(`${name}=${unsigned(value, "")}`), 1))).toBe("UNAUTHORIZED");
  expect(await outcome(here.access.learner(cookies(`${name}=${await signer.learner(here.document, 1)}`), 1))).toBe(
    "UNAUTHORIZED",
  );
  expect(await outcome(here.access.learner(cookies(cookie), 1))).toBe("entered");
});

test("a higher generation ends token and cookie of the one before, also when the cookie was seen", async () => {
  const document = newDocument(signer);
  const access = openAccess(() => document, cookieKey);
  const token = await signer.learner(document, 1);
  const learner = await access.enter(token);
  const cookie = (await access.cookie(learner, false)).split(";")[0] ?? "";
  await access.learner(cookies(cookie), 1);
  document.seats = [{ seat: 1, generation: 2, freshSince: 2 }];
  for (const headers of [cookies(cookie), bearer(token)])
    expect(await access.learner(headers, 1).catch((error) => error)).toBeInstanceOf(Replaced);
  document.seats = [];
  expect(await access.learner(cookies(cookie), 1).catch((error) => error)).toBeInstanceOf(Replaced);
});

test("a token that was seen opens nothing after its expiry", async () => {
  const { document, access } = machine();
  // Clocks may differ by 30 s: this one is good for another second.
  const token = await signer.learner(document, 1, { exp: Math.floor(Date.now() / 1000) - 28 });
  expect(await outcome(access.learner(bearer(token), 1))).toBe("entered");
  await until("the token's expiry", async () => (await outcome(access.learner(bearer(token), 1))) === "UNAUTHORIZED");
});

test("a token that was seen opens nothing once its key is no longer the gateway's", async () => {
  let document = newDocument(signer);
  const access = openAccess(() => document, cookieKey);
  const token = await signer.learner(document, 1);
  expect(await outcome(access.learner(bearer(token), 1))).toBe("entered");
  document = { ...document, keys: [stranger.jwk] };
  expect(await outcome(access.learner(bearer(token), 1))).toBe("UNAUTHORIZED");
});

test("nobody enters a workshop that has ended, or whose end passed without anybody stopping it", async () => {
  const ending = machine({ phase: "ending" });
  expect(await outcome(ending.access.enter(await signer.learner(ending.document, 1)))).toBe("WORKSHOP_ENDED");
  const document = newDocument(signer);
  let now = Date.parse(document.endsAt) + END_GRACE_MS - 1;
  const access = openAccess(
    () => document,
    cookieKey,
    () => now,
  );
  expect(await outcome(access.enter(await signer.learner(document, 1)))).toBe("entered");
  now += 2;
  expect(await outcome(access.enter(await signer.learner(document, 1)))).toBe("WORKSHOP_ENDED");
  expect(await outcome(access.learner(new Headers(), 1))).toBe("WORKSHOP_ENDED");
});

test("who is in stays in up to the end as it is now: it moves both ways, and an old token's own end doesn't count", async () => {
  let document = newDocument(signer);
  let now = Date.now();
  const access = openAccess(
    () => document,
    cookieKey,
    () => now,
  );
  const learner = await access.enter(await signer.learner(document, 1));
  const cookie = (await access.cookie(learner, false)).split(";")[0] ?? "";
  const asked = () => outcome(access.learner(cookies(cookie), 1));
  now = Date.parse(document.endsAt) + END_GRACE_MS + 1;
  expect(await asked()).toBe("WORKSHOP_ENDED");
  document = { ...document, endsAt: new Date(now + 3_600_000).toISOString() };
  expect(await asked()).toBe("entered");
  now += 30 * 60_000;
  document = { ...document, endsAt: new Date(now - END_GRACE_MS - 1).toISOString() };
  expect(await asked()).toBe("WORKSHOP_ENDED");
});

test("whoever asks after the end hears until when the work is kept, where it is", async () => {
  const asked = (change: Partial<MachineDocument>) =>
    machine({ phase: "ending", ...change })
      .access.learner(new Headers(), 1)
      .catch((error) => error.body.error);
  expect(await asked({ keptUntil: "2026-11-29T16:21:00Z" })).toMatchObject({
    code: "WORKSHOP_ENDED",
    keptUntil: "2026-11-29T16:21:00Z",
  });
  expect(await asked({})).not.toHaveProperty("keptUntil");
});

test("the machine plane takes the gateway's tokens only", async () => {
  const { document, access } = machine();
  expect(await outcome(access.gateway(bearer(await signer.machine(document))))).toBe("entered");
  const refused = [
    await signer.learner(document, 1),
    await signer.machine(document, { scope: "learner" }),
    await signer.machine(document, { aud: "clarateach-ws-other0" }),
    await signer.machine(document, { exp: Math.floor(Date.now() / 1000) - 60 }),
    await stranger.machine(document),
  ];
  for (const token of refused) expect(await outcome(access.gateway(bearer(token)))).toBe("UNAUTHORIZED");
  expect(await outcome(access.gateway(new Headers()))).toBe("UNAUTHORIZED");
});

/** The same claims under another algorithm's name. */
function unsigned(token: string, signature: string): string {
  const [, payload] = token.split(".");
  return `${base64url.encode(JSON.stringify({ alg: "none", kid: "key-1" }))}.${payload}.${signature}`;
}

/** The classic confusion: the public key, known to all, taken as an HMAC secret. */
async function confused(document: MachineDocument): Promise<string> {
  const [, payload] = (await signer.learner(document, 1)).split(".");
  const head = base64url.encode(JSON.stringify({ alg: "HS256", kid: "key-1" }));
  return `${head}.${payload}.${createHmac("sha256", await publicPem())
    .update(`${head}.${payload}`)
    .digest("base64url")}`;
}

async function publicPem(): Promise<string> {
  return exportSPKI((await importJWK(signer.jwk, "EdDSA", { extractable: true })) as CryptoKey);
}

test("the confused token would pass where the algorithm isn't pinned", async () => {
  const secret = new TextEncoder().encode(await publicPem());
  const { payload } = await jwtVerify(await confused(newDocument(signer)), secret);
  expect(payload.seat).toBe(1);
});
