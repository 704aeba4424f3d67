const dark = matchMedia("(prefers-color-scheme: dark)");

/** What the page shows now: the choice of the theme button, else the system's. */
export function isDark(): boolean {
  const { theme } = document.documentElement.dataset;
  return theme ? theme === "dark" : dark.matches;
}

export function onTheme(listener: () => void): void {
  dark.addEventListener("change", listener);
  new MutationObserver(listener).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}

/** The value of a token of tokens.css as it is now: `token("--accent")`. */
export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
