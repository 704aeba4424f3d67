import { networkInterfaces } from "node:os";

/** What neko 3 reads of its environment, as far as the stand-in has it. Names and defaults are neko's. */
export interface NekoSettings {
  bind: { hostname: string; port: number };
  userPassword: string;
  adminPassword: string;
  /** Nobody has it where it is empty. */
  apiToken: string;
  cookie: boolean;
  implicitHosting: boolean;
  screen: ScreenSize;
  display: string;
  /** Frames a second. */
  fps: number;
  videos: string[];
  /** PulseAudio's address, as its own programs read it; missing: there is none. */
  soundServer: string | undefined;
  soundDevice: string;
  /** Announced to browsers, an IP. */
  address: string;
  /** 0: any that is free. */
  udp: number;
  /** 0: none. */
  tcp: number;
  iceServers: IceServer[];
}

export interface ScreenSize {
  width: number;
  height: number;
  rate: number;
}

export interface IceServer {
  urls: string[];
  username?: string;
  credential?: string;
}

/** What neko sends to browsers where nobody configured servers. */
const GOOGLE: IceServer = { urls: ["stun:stun.l.google.com:19302"] };
const DEFAULT_FPS = "25";

type Environment = Record<string, string | undefined>;

/** @throws naming the variable that isn't understood, as neko does by ending */
export function readSettings(env: Environment): NekoSettings {
  const videos = (env.NEKO_CAPTURE_VIDEO_IDS ?? "main").split(/[ ,]+/);
  return {
    bind: readBind(env.NEKO_SERVER_BIND ?? ":8080"),
    userPassword: env.NEKO_MEMBER_MULTIUSER_USER_PASSWORD ?? "neko",
    adminPassword: env.NEKO_MEMBER_MULTIUSER_ADMIN_PASSWORD ?? "admin",
    apiToken: env.NEKO_SESSION_API_TOKEN ?? "",
    cookie: env.NEKO_SESSION_COOKIE_ENABLED === "true",
    implicitHosting: env.NEKO_SESSION_IMPLICIT_HOSTING === "true",
    screen: readScreen(env.NEKO_DESKTOP_SCREEN ?? "1280x720@30"),
    display: env.DISPLAY ?? ":99",
    fps: readFps(env.NEKO_CAPTURE_VIDEO_PIPELINES, videos[0]),
    videos,
    soundServer: env.PULSE_SERVER,
    soundDevice: env.NEKO_CAPTURE_AUDIO_DEVICE ?? "audio_output.monitor",
    address: env.NEKO_WEBRTC_NAT1TO1 ?? outerAddress(),
    udp: readPort("NEKO_WEBRTC_UDPMUX", env),
    tcp: readPort("NEKO_WEBRTC_TCPMUX", env),
    iceServers: readIceServers(env.NEKO_WEBRTC_ICESERVERS_FRONTEND),
  };
}

/** An address of this computer that a browser on it may be told of: Chromium sends nothing to 127.0.0.1. */
export function outerAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return all.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.1";
}

function readBind(text: string): NekoSettings["bind"] {
  const [, hostname = "", port = ""] = /^(.*):(\d+)$/.exec(text) ?? [];
  if (port === "") throw new Error(`NEKO_SERVER_BIND is "${text}"; write host:port or :port.`);
  return { hostname: hostname || "0.0.0.0", port: Number(port) };
}

function readScreen(text: string): ScreenSize {
  const [, width, height, rate] = /^(\d+)x(\d+)@(\d+)$/.exec(text) ?? [];
  if (!rate) throw new Error(`NEKO_DESKTOP_SCREEN is "${text}"; write it like 1280x720@30.`);
  return { width: Number(width), height: Number(height), rate: Number(rate) };
}

function readFps(pipelines: string | undefined, id = "main"): number {
  const all: Record<string, { fps?: string }> = pipelines ? JSON.parse(pipelines) : {};
  return Number(all[id]?.fps ?? DEFAULT_FPS);
}

function readPort(name: string, env: Environment): number {
  const port = Number(env[name] ?? 0);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`${name} is "${env[name]}"; write a port.`);
  return port;
}

function readIceServers(text: string | undefined): IceServer[] {
  const servers: IceServer[] = text ? JSON.parse(text) : [];
  return servers.length > 0 ? servers : [GOOGLE];
}
