import type { Room } from "./room.ts";
import { note } from "./seen.ts";
import type { Session } from "./sessions.ts";

interface Words {
  x?: number;
  y?: number;
  code?: number;
  keysym?: number;
  delta_x?: number;
  delta_y?: number;
  text?: string;
}

const CONTROL = 0xffe3;
/** Of the keys that, with Control, do what the event says. */
const KEYS: Record<string, number> = {
  "control/cut": 0x78,
  "control/copy": 0x63,
  "control/paste": 0x76,
  "control/select_all": 0x61,
};

/** `control/…` of a socket: the mouse and keys of one whose data channel doesn't stand. The first makes it host. */
export function control(room: Room, session: Session, event: string, payload: unknown): void {
  const { sessions, desktop } = room;
  if (event === "control/release") {
    desktop.reset();
    sessions.setHost(session, undefined);
    return;
  }
  if (!sessions.takesHost(session) || event === "control/request") return;
  const words = (payload ?? {}) as Words;
  note(room.seen, "inputs", { by: "socket", kind: event, ...words });
  // A text that comes along is in the clipboard first.
  if (event === "control/paste" && words.text) void room.clipboard.set(words.text).then(() => act(room, event, words));
  else act(room, event, words);
}

function act({ desktop }: Room, event: string, { x, y, code = 0, keysym = 0, delta_x = 0, delta_y = 0 }: Words): void {
  if (event !== "control/scroll" && x !== undefined && y !== undefined) desktop.move(x, y);
  const [, what, step] = /^control\/(button|key)(down|up|press)$/.exec(event) ?? [];
  for (const down of step === "press" ? [true, false] : [step === "down"]) {
    if (what === "button") desktop.button(code, down);
    if (what === "key") desktop.key(keysym, down);
  }
  if (event === "control/scroll") desktop.scroll(delta_x, delta_y);
  const key = KEYS[event];
  if (key !== undefined) for (const down of [true, false]) for (const each of [CONTROL, key]) desktop.key(each, down);
}
