import { type Finding, SCREEN_LEAST } from "./findings.ts";

export function checkScreen({ width, height }: Pick<Screen, "width" | "height">): Finding {
  const isLarge = width >= SCREEN_LEAST.width && height >= SCREEN_LEAST.height;
  return { is: isLarge ? "pass" : "fail", width: Math.round(width), height: Math.round(height) };
}

const WORDS = "ClaraTeach: a test of the clipboard";

/** Only when somebody pressed for it: it takes the place of what was copied, and browsers ask back. */
export async function checkClipboard(): Promise<Finding> {
  // On plain http there is none, whatever its type says.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  if (!clipboard?.readText) return { is: "untested", why: "missing" };
  try {
    await clipboard.writeText(WORDS);
  } catch {
    return { is: "fail" };
  }
  const read = await clipboard.readText().catch(() => undefined);
  return read === WORDS ? { is: "pass" } : { is: "fail", why: "write-only" };
}
