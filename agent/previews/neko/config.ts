import { randomBytes } from "node:crypto";
import { mediaPort, NEKO_HTTP_PORT, type NekoSettings } from "../../contract/neko.ts";

/** What opens one neko, new at each start. Known to the agent and to the container's environment; no page, log or seat has it. */
export interface NekoSecrets {
  user: string;
  admin: string;
  api: string;
}

const SECRET_BYTES = 32;

export const newSecrets = (): NekoSecrets => {
  const secret = () => randomBytes(SECRET_BYTES).toString("hex");
  return { user: secret(), admin: secret(), api: secret() };
};

/**
 * One pipeline, with a name: without one neko makes a second and moves every learner to it, which is where it was seen to hang. x264
 * costs a third of VP8's processor time. The pointer is drawn into the picture, for the page's own client draws none.
 */
const PIPELINES = {
  main: {
    fps: "20",
    gst_encoder: "x264enc",
    show_pointer: true,
    gst_params: {
      ...{ threads: "2", bitrate: "1800", "key-int-max": "60", "byte-stream": "true" },
      ...{ tune: "zerolatency", "speed-preset": "ultrafast" },
    },
    gst_suffix: "! video/x-h264,stream-format=byte-stream,profile=constrained-baseline",
  },
};

/**
 * The environment of a seat's neko.
 * @param address announced to browsers, an IP: without one neko would ask a stranger's server for it
 */
export function nekoEnvironment(
  settings: NekoSettings & { address: string },
  seat: number,
  { user, admin, api }: NekoSecrets,
): Record<string, string> {
  const media = String(mediaPort(settings, seat));
  return {
    NEKO_SERVER_BIND: `127.0.0.1:${NEKO_HTTP_PORT}`,
    NEKO_SERVER_PROXY: "true",
    NEKO_SERVER_METRICS: "false",
    // More than `info` writes addresses with tokens in them.
    NEKO_LOG_LEVEL: "info",
    NEKO_MEMBER_PROVIDER: "multiuser",
    NEKO_MEMBER_MULTIUSER_USER_PASSWORD: user,
    NEKO_MEMBER_MULTIUSER_ADMIN_PASSWORD: admin,
    NEKO_SESSION_API_TOKEN: api,
    NEKO_SESSION_COOKIE_ENABLED: "false",
    NEKO_SESSION_IMPLICIT_HOSTING: "true",
    NEKO_DESKTOP_SCREEN: "1280x720@30",
    // Its X server's touchscreen is a socket that only the X server's own user may write to: neko, another one here, ends when it can't.
    NEKO_DESKTOP_INPUT_ENABLED: "false",
    NEKO_WEBRTC_ICELITE: "true",
    NEKO_WEBRTC_NAT1TO1: settings.address,
    NEKO_WEBRTC_UDPMUX: media,
    NEKO_WEBRTC_TCPMUX: media,
    NEKO_WEBRTC_ICESERVERS_FRONTEND: JSON.stringify(settings.iceServers),
    NEKO_CAPTURE_VIDEO_CODEC: "h264",
    NEKO_CAPTURE_VIDEO_IDS: Object.keys(PIPELINES).join(" "),
    NEKO_CAPTURE_VIDEO_PIPELINES: JSON.stringify(PIPELINES),
    NEKO_CAPTURE_SCREENCAST_ENABLED: "false",
  };
}
