import { expect, test } from "bun:test";
import { mediaPort } from "../../../../agent/contract/neko.ts";
import { nekoEnvironment, newSecrets } from "../../../../agent/previews/neko/config.ts";

const settings = { image: "neko", address: "203.0.113.7", ports: 52_000, iceServers: [{ urls: ["turn:turn.example.org"] }] };

test("neko listens where no learner's program may, by the machine's address, on the seat's media port", () => {
  const env = nekoEnvironment(settings, 7, newSecrets());
  expect(mediaPort(settings, 7)).toBe(52_007);
  expect(env).toMatchObject({
    NEKO_SERVER_BIND: "127.0.0.1:51",
    NEKO_SERVER_METRICS: "false",
    NEKO_MEMBER_PROVIDER: "multiuser",
    NEKO_SESSION_COOKIE_ENABLED: "false",
    NEKO_SESSION_IMPLICIT_HOSTING: "true",
    NEKO_WEBRTC_ICELITE: "true",
    NEKO_WEBRTC_NAT1TO1: "203.0.113.7",
    NEKO_WEBRTC_UDPMUX: "52007",
    NEKO_WEBRTC_TCPMUX: "52007",
    NEKO_CAPTURE_SCREENCAST_ENABLED: "false",
    NEKO_DESKTOP_INPUT_ENABLED: "false",
  });
  expect(JSON.parse(env.NEKO_WEBRTC_ICESERVERS_FRONTEND ?? "")).toEqual(settings.iceServers);
});

test("there is one pipeline, it has a name, and it is x264 at 20 frames", () => {
  const env = nekoEnvironment(settings, 1, newSecrets());
  const pipelines = JSON.parse(env.NEKO_CAPTURE_VIDEO_PIPELINES ?? "");
  expect(Object.keys(pipelines)).toEqual(["main"]);
  expect(env.NEKO_CAPTURE_VIDEO_IDS).toBe("main");
  expect(pipelines.main).toMatchObject({ fps: "20", gst_encoder: "x264enc", show_pointer: true });
});

test("secrets are new at each start, and three different ones", () => {
  const [one, other] = [newSecrets(), newSecrets()];
  const all = [one.user, one.admin, one.api, other.user, other.admin, other.api];
  expect(new Set(all).size).toBe(6);
  expect(all.every((secret) => /^[0-9a-f]{64}$/.test(secret))).toBe(true);
  const env = Object.values(nekoEnvironment(settings, 1, one));
  expect([one.user, one.admin, one.api].every((secret) => env.filter((value) => value === secret).length === 1)).toBe(true);
});
