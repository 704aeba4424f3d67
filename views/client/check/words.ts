import { type CheckName, CLOCK_TOLERANCE_S, type Finding, HOLD_S, PING_AFTER_S, type Reason, SCREEN_LEAST } from "./findings.ts";

/** Where the page came from, and what its network has to let through. */
export interface Place {
  /** `class.example.org` */
  host: string;
  port: number;
  secure: boolean;
  /** The machines' names, where they have some: `*.class.example.org`. */
  machines?: string;
  /** Who is asked by UDP: `stun.example.org:3478`. */
  stun?: string;
  /** Of the machines, for live video by UDP. */
  media?: { first: number; last: number };
}

/** A finding in words that can be forwarded as they stand. `bold` is enough by itself. */
export interface Said {
  bold: string;
  rest: string;
}

/** Pure. */
export function say(name: CheckName, finding: Finding, place: Place): Said {
  return SAY[name](finding, namesOf(place), place);
}

/** As IT departments write them down. */
interface Names {
  /** `class.example.org (TCP port 443)` */
  server: string;
  /** The same with the machines'. */
  all: string;
  scheme: string;
  socket: string;
}

function namesOf({ host, port, secure, machines }: Place): Names {
  const names = machines ? `${host} and ${machines}` : host;
  const [scheme, socket] = secure ? ["HTTPS", "wss"] : ["HTTP", "ws"];
  return { server: `${host} (TCP port ${port})`, all: `${names} on TCP port ${port}`, scheme, socket };
}

type Say = (finding: Finding, names: Names, place: Place) => Said;

const SAY: Record<CheckName, Say> = {
  https: sayHttps,
  websocket: sayWebSocket,
  held: sayHeld,
  pieces: sayPieces,
  udp: sayUdp,
  clock: sayClock,
  screen: sayScreen,
  clipboard: sayClipboard,
};

function sayHttps({ is, why }: Finding, { server, all, scheme }: Names): Said {
  if (is === "fail")
    return { bold: `The server at ${server} stopped answering by ${scheme}.`, rest: `Allow ${scheme} to ${all}.` };
  if (why === "plain") return { bold: `Not tested: this page came by HTTP, not HTTPS, from ${server}.`, rest: "" };
  if (why === "opened")
    return {
      bold: `HTTPS to ${server} works, and something on the way opens it.`,
      rest: `Its answers don’t come as the server sends them. If anything below fails, leave ${all} out of HTTPS inspection.`,
    };
  return { bold: `HTTPS to ${server} works.`, rest: "" };
}

const INSPECTION = "and leave them out of HTTPS inspection where that can’t pass it on.";

function sayWebSocket({ is, why }: Finding, { server, all, socket }: Names): Said {
  if (is === "pass") return { bold: `A WebSocket to ${server} opens, and what is sent comes back.`, rest: "" };
  if (is === "untested") return { bold: "Not tested.", rest: "" };
  const allow = `Allow WebSocket (${socket}, the HTTP upgrade of RFC 6455) to ${all}, ${INSPECTION}`;
  if (why === "silent") return { bold: `A WebSocket to ${server} opens, but nothing comes back over it.`, rest: allow };
  if (why === "changed") return { bold: `A WebSocket to ${server} opens, but what comes back was changed.`, rest: allow };
  return { bold: `No WebSocket to ${server} opens.`, rest: `${allow} Without it there is no terminal.` };
}

const PINGS = `a ping from the server after ${PING_AFTER_S} seconds`;

function sayHeld({ is, why, seconds = 0 }: Finding, { server, all }: Names): Said {
  if (is === "untested") return { bold: "Not tested: there was no WebSocket to hold.", rest: "" };
  const open = `A WebSocket to ${server}`;
  const allow = `Let WebSockets to ${all} stay open for at least two minutes while nothing is sent.`;
  if (is === "fail" && why === "silent")
    return { bold: `${open} was dead after ${HOLD_S} seconds of silence, and nobody said so.`, rest: allow };
  if (is === "fail") return { bold: `${open} was cut after ${seconds} seconds.`, rest: allow };
  if (why === "idle")
    return {
      bold: `A WebSocket over which nothing is sent is cut after ${seconds} seconds; ClaraTeach’s stay open.`,
      rest: `They carry ${PINGS}. ${allow}`,
    };
  if (why === "pinged") return { bold: `${open} stayed open for ${HOLD_S} seconds with nothing but ${PINGS}.`, rest: "" };
  return { bold: `${open} stayed open for ${HOLD_S} seconds with nothing sent over it.`, rest: "" };
}

function sayPieces({ is }: Finding, { server, all }: Names): Said {
  if (is === "pass") return { bold: `A long answer from ${server} arrives piece by piece.`, rest: "" };
  if (is === "untested") return { bold: "Not tested.", rest: "" };
  return {
    bold: `Answers from ${server} are held back until they are whole.`,
    rest: `Turn off response buffering and the scanning of streamed answers (text/event-stream) for ${all}. Until then the instructor’s page asks every few seconds.`,
  };
}

function sayUdp({ is, why }: Finding, _: Names, { stun = "", machines, host, media }: Place): Said {
  if (why === "unset") return { bold: "Not tested: this server names no STUN server to ask by UDP.", rest: "" };
  if (why === "missing") return { bold: "Not tested: this browser has no WebRTC.", rest: "" };
  const to = udpPort(stun);
  const ports = media ? `${machines ?? host}, UDP ports ${media.first} to ${media.last}` : undefined;
  if (is === "untested") return { bold: "Not tested.", rest: "" };
  if (is === "pass")
    return { bold: `UDP to ${to} is answered.`, rest: ports ? `Live video also needs UDP to ${ports}; that wasn’t tested.` : "" };
  return {
    bold: `UDP to ${to} isn’t answered.`,
    rest: `Allow it${ports ? ` and ${ports}` : ""}. Without UDP a class works: its live video becomes pictures over the WebSocket.`,
  };
}

/** `stun.example.org:3478` → `stun.example.org, port 3478`; without a port it is the usual one (RFC 7064). */
function udpPort(stun: string): string {
  const [host = "", port = "3478"] = stun.split(":");
  return `${host}, port ${port}`;
}

function sayClock({ is, seconds = 0 }: Finding, { server }: Names): Said {
  if (is === "untested") return { bold: "Not tested.", rest: "" };
  const off = span(Math.abs(seconds));
  if (is === "pass")
    return { bold: `This computer’s clock agrees with ${server} to within ${CLOCK_TOLERANCE_S / 60} minutes.`, rest: "" };
  return {
    bold: `This computer’s clock is ${off} ${seconds > 0 ? "ahead of" : "behind"} ${server}.`,
    rest: "Times in the class are shown wrong. Let it set date and time by itself; that needs a time server (NTP, UDP port 123).",
  };
}

function span(seconds: number): string {
  if (seconds < 600) return `${seconds} seconds`;
  const minutes = Math.round(seconds / 60);
  return minutes < 180 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
}

function sayScreen({ is, width = 0, height = 0 }: Finding): Said {
  const size = `${width} × ${height} pixels`;
  if (is === "untested") return { bold: "Not tested.", rest: "" };
  if (is === "pass") return { bold: `The screen has ${size}: room for terminal and preview side by side.`, rest: "" };
  const least = `${SCREEN_LEAST.width} × ${SCREEN_LEAST.height}`;
  return {
    bold: `The screen has ${size}, room for one pane at a time.`,
    rest: `A class works on it; from ${least} on terminal and preview stand side by side.`,
  };
}

const CLIPBOARD: Partial<Record<Reason, string>> = {
  unasked: "Not tested yet: press “Test the clipboard”.",
  missing: "Not tested: this browser gives pages no clipboard on this address.",
};

function sayClipboard({ is, why }: Finding, _: Names, { host, port, secure }: Place): Said {
  if (is === "pass") return { bold: "Pages may copy and paste.", rest: "" };
  if (is === "untested") return { bold: (why && CLIPBOARD[why]) ?? "Not tested.", rest: "" };
  const origin = `${secure ? "https" : "http"}://${host}${port === (secure ? 443 : 80) ? "" : `:${port}`}`;
  const allow = `Allow the clipboard for ${origin} in the browser’s settings or policy.`;
  if (why === "write-only") return { bold: "Pages may copy, but not paste.", rest: `Ctrl V still works. ${allow}` };
  return { bold: "This browser doesn’t let pages copy.", rest: allow };
}
