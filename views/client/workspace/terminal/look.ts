import type { ITheme } from "@xterm/xterm";

const ANSI = ["red", "green", "yellow", "blue", "magenta", "cyan"] as const;

/** How far a bright colour goes towards the board's chalk. */
const BRIGHTER = 0.3;

/** The terminal's one palette, from the page's own values (tokens.css). */
export function themeOf(element: Element): ITheme {
  const value = valuesOf(element);
  const chalk = value("--board-ink");
  const theme: Record<string, string> = {
    background: value("--term-bg"),
    foreground: value("--term-ink"),
    cursor: value("--term-ink"),
    cursorAccent: value("--term-bg"),
    selectionBackground: value("--term-selection"),
    black: value("--term-selection"),
    brightBlack: value("--term-dim"),
    white: value("--term-ink"),
    brightWhite: chalk,
  };
  for (const name of ANSI) {
    const colour = value(`--ansi-${name}`);
    theme[name] = colour;
    theme[`bright${name[0]?.toUpperCase()}${name.slice(1)}`] = mixed(colour, chalk);
  }
  return theme;
}

export function fontOf(element: Element): string {
  return valuesOf(element)("--mono") || "monospace";
}

export function valuesOf(element: Element): (name: string) => string {
  const style = getComputedStyle(element);
  return (name) => style.getPropertyValue(name).trim();
}

/** Both `#rrggbb`. */
function mixed(from: string, to: string): string {
  const channel = (text: string, at: number) => Number.parseInt(text.slice(at, at + 2), 16);
  const parts = [1, 3, 5].map((at) => Math.round(channel(from, at) + (channel(to, at) - channel(from, at)) * BRIGHTER));
  return `#${parts.map((part) => (part || 0).toString(16).padStart(2, "0")).join("")}`;
}
