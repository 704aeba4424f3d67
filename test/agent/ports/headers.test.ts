import { expect, test } from "bun:test";
import { ownCookieOnly, withoutOurs } from "../../../agent/ports/cookies.ts";
import { headersDown } from "../../../agent/ports/headers-down.ts";
import { headersUp } from "../../../agent/ports/headers-up.ts";
import { placeOf } from "../../../agent/ports/place.ts";

const served = new Set(["http://localhost:4101", "http://127.0.0.1:4101", "https://ws-abc123.example.org"]);
const place = placeOf("01-3000.ws-abc123.example.org", served);
if (!place) throw new Error("no place");
const up = (headers: Record<string, string>) => Object.fromEntries(headersUp(new Headers(headers), place));
const down = (...raw: string[]) => Object.fromEntries(headersDown(raw, place));

test("a port's host is one label below this machine's, written in one way", () => {
  expect(place).toEqual({
    ...{ seat: 1, port: 3000, origin: "https://01-3000.ws-abc123.example.org", machine: "https://ws-abc123.example.org" },
  });
  expect(placeOf("09-65535.LOCALHOST:4101", served)?.origin).toBe("http://09-65535.localhost:4101");
  const others = ["localhost:4101", "01-3000.evil.org", "01-3000.01-3000.ws-abc123.example.org", "00-3000.localhost:4101"];
  const odd = ["1-3000.localhost:4101", "01-03000.localhost:4101", "01-70000.localhost:4101", "01-0.localhost:4101", "01-3000"];
  const numbered = [
    "01-3000.127.0.0.1:4101",
    "01-3000.localhost:4102",
    "01-3000.localhost:4101.evil.org",
    "x01-3000.localhost:4101",
  ];
  for (const host of [...others, ...odd, ...numbered, "", null]) expect(placeOf(host, served)).toBeUndefined();
});

test("to her server she is a browser on the seat itself, by whatever way she came", () => {
  const claimed = { forwarded: "for=1.2.3.4", via: "1.1 x", "x-forwarded-for": "1.2.3.4", "x-forwarded-host": "evil.org" };
  const hop = {
    connection: "keep-alive, x-secret, cookie",
    "x-secret": "1",
    te: "trailers",
    upgrade: "h2c",
    expect: "100-continue",
  };
  const kept = { accept: "text/html", authorization: "Basic YTpi", range: "bytes=1-", cookie: "a=1" };
  const sent = {
    ...claimed,
    ...hop,
    ...kept,
    host: "01-3000.ws-abc123.example.org",
    "content-length": "4",
    "transfer-encoding": "chunked",
  };
  expect(up(sent)).toEqual({ ...kept, host: "localhost:3000" });
});

test("her own addresses are the seat's, others are told by their origin at most", () => {
  const own = "https://01-3000.ws-abc123.example.org";
  expect(up({ origin: own, referer: `${own}/a?b=1` })).toMatchObject({
    origin: "http://localhost:3000",
    referer: "http://localhost:3000/a?b=1",
  });
  expect(up({ origin: "https://01-5173.ws-abc123.example.org" }).origin).toBe("http://localhost:5173");
  expect(up({ referer: "https://ws-abc123.example.org/vm/01/?x" }).referer).toBe("https://ws-abc123.example.org");
  expect(up({ origin: "https://02-3000.ws-abc123.example.org" }).origin).toBe("https://02-3000.ws-abc123.example.org");
});

test("cookies of the product never reach her server, however they are written", () => {
  expect(withoutOurs("ct_ws-abc123_01=secret")).toBeUndefined();
  expect(withoutOurs("a=1; ct_ws-abc123_01=secret;b=2; __Host-ct_port=x; __HOST-CT_port=y; =ct_x=1; ct_bare")).toBe("a=1; b=2");
  expect(withoutOurs("act_x=1; b=ct_x=1; c")).toBe("act_x=1; b=ct_x=1; c");
});

test("her cookies stay with her host, and none is called as the product's are", () => {
  const set = "s=1; Path=/; Domain=ws-abc123.example.org; HttpOnly; domain = .example.org;DOMAIN;SameSite=Lax";
  expect(ownCookieOnly(set)).toBe("s=1; Path=/; HttpOnly;SameSite=Lax");
  for (const pair of ["ct_ws-abc123_01=x", "__Host-ct_port=x", "__secure-CT_a=1", " ct_x = 1", "=ct_x=1"])
    expect(ownCookieOnly(`${pair}; Path=/vm/01/`)).toBeUndefined();
  expect(headersDown(["Set-Cookie", "a=1; Domain=x", "set-cookie", "ct_a=1", "Set-Cookie", "b=2"], place).getSetCookie()).toEqual(
    ["a=1", "b=2"],
  );
});

test("what reaches beyond her own origin is left out", () => {
  const reaching = [
    "Clear-Site-Data",
    '"cookies"',
    "Alt-Svc",
    'h3="evil.org:443"',
    "Strict-Transport-Security",
    "max-age=9; includeSubDomains",
  ];
  const more = [
    "Service-Worker-Allowed",
    "/",
    "NEL",
    "{}",
    "Connection",
    "close, X-Hop",
    "X-Hop",
    "1",
    "Transfer-Encoding",
    "chunked",
  ];
  expect(down(...reaching, ...more, "X-Own", "1", "Content-Type", "text/plain")).toEqual({
    "x-own": "1",
    "content-type": "text/plain",
  });
});

test("a redirect to the seat's localhost is one to what the browser calls it", () => {
  const to = (location: string) => down("Location", location).location;
  expect(to("http://localhost:3000/login?x=1#y")).toBe("https://01-3000.ws-abc123.example.org/login?x=1#y");
  expect(to("http://127.0.0.1:8000")).toBe("https://01-8000.ws-abc123.example.org");
  expect(to("http://0.0.0.0:5000/")).toBe("https://01-5000.ws-abc123.example.org/");
  expect(to("http://[::1]:5000/")).toBe("https://01-5000.ws-abc123.example.org/");
  expect(to("https://localhost/")).toBe("https://01-3000.ws-abc123.example.org/");
  for (const other of [
    "/x",
    "../x",
    "https://example.org/",
    "http://localhost.evil.org/",
    "http://localhost:3000.evil.org/",
    "//localhost:3000/x",
  ])
    expect(to(other)).toBe(other);
  expect(down("Access-Control-Allow-Origin", "http://localhost:5173")).toEqual({
    "access-control-allow-origin": "https://01-5173.ws-abc123.example.org",
  });
});
