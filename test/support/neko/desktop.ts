import type { NekoSettings } from "./settings.ts";

/** The display's mouse and keyboard. */
export interface Desktop {
  move(x: number, y: number): void;
  /** X's numbers: 1 left, 2 middle, 3 right. */
  button(code: number, down: boolean): void;
  key(keysym: number, down: boolean): void;
  /** Steps; up and left count above 0, as neko has it. */
  scroll(x: number, y: number): void;
  /** What is down is let go. */
  reset(): void;
  stop(): Promise<void>;
}

const WHEEL = { up: 4, down: 5, left: 6, right: 7 };
const MOST_STEPS = 100;

/** By one xdotool that reads what to do, a line each. Tests of the wire have no display: nothing is moved then. */
export function openDesktop({ display }: Pick<NekoSettings, "display">): Desktop {
  const tool = Bun.spawn(["xdotool", "-"], {
    env: { ...process.env, DISPLAY: display },
    ...{ stdin: "pipe", stdout: "ignore", stderr: "inherit" },
  });
  const say = (line: string) => {
    tool.stdin.write(`${line}\n`);
    tool.stdin.flush();
  };
  const held = new Map<string, () => void>();
  const press = (name: string, code: string, down: boolean) => {
    say(`${name}${down ? "down" : "up"} ${code}`);
    if (down) held.set(`${name} ${code}`, () => say(`${name}up ${code}`));
    else held.delete(`${name} ${code}`);
  };
  const turn = (steps: number, forth: number, back: number) => {
    for (let i = 0; i < Math.min(Math.abs(steps), MOST_STEPS); i++) say(`click ${steps > 0 ? forth : back}`);
  };
  return {
    move: (x, y) => say(`mousemove ${x} ${y}`),
    button: (code, down) => code > 0 && press("mouse", String(code), down),
    key: (keysym, down) => keysym > 0 && press("key", `0x${keysym.toString(16)}`, down),
    scroll(x, y) {
      turn(y, WHEEL.up, WHEEL.down);
      turn(x, WHEEL.left, WHEEL.right);
    },
    reset() {
      for (const letGo of held.values()) letGo();
      held.clear();
    },
    async stop() {
      tool.kill();
      await tool.exited;
    },
  };
}

/** @throws where the display isn't there, or has another size than is said of it */
export function requireScreen({ display, screen }: Pick<NekoSettings, "display" | "screen">): void {
  const size = `${screen.width} ${screen.height}`;
  const asked = Bun.spawnSync(["xdotool", "getdisplaygeometry"], { env: { ...process.env, DISPLAY: display }, stderr: "pipe" });
  const found = asked.stdout.toString().trim();
  if (asked.exitCode !== 0) throw new Error(`cannot open display "${display}": ${asked.stderr.toString().trim()}`);
  if (found !== size)
    throw new Error(`display "${display}" has ${found} pixels, not ${size}; set NEKO_DESKTOP_SCREEN to what it has`);
}
