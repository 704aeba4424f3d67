import type { NekoSettings } from "./settings.ts";

/** The display's clipboard. */
export interface Clipboard {
  /** Resolves once it has it. */
  set(text: string): Promise<void>;
  stop(): void;
}

/** neko hears of changes from the X server; this one looks. */
const LOOK_MS = 300;

const XCLIP = ["xclip", "-selection", "clipboard", "-target", "UTF8_STRING"];

/** By xclip, as neko itself. @param changed is given each text that wasn't there before  @param wanted whether anybody is to be told now */
export function openClipboard(
  { display }: Pick<NekoSettings, "display">,
  changed: (text: string) => void,
  wanted: () => boolean,
): Clipboard {
  const env = { ...process.env, DISPLAY: display };
  let known: string | undefined;
  let looking = false;
  const look = async () => {
    if (looking || !wanted()) return;
    looking = true;
    const { stdout, exited } = Bun.spawn([...XCLIP, "-out"], { env, stdin: "ignore", stdout: "pipe", stderr: "ignore" });
    const [text, code] = await Promise.all([new Response(stdout).text(), exited]);
    looking = false;
    if (code !== 0 || text === known) return;
    // What was there before anybody came isn't told.
    if (known !== undefined || text !== "") changed(text);
    known = text;
  };
  const timer = setInterval(() => void look(), LOOK_MS);
  return {
    async set(text) {
      // It stays behind until another program has a text.
      const tool = Bun.spawn([...XCLIP, "-in"], { env, stdin: Buffer.from(text), stdout: "ignore", stderr: "ignore" });
      await tool.exited;
    },
    stop: () => clearInterval(timer),
  };
}
