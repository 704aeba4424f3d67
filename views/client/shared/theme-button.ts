const KEY = "clarateach.theme";
type Choice = "system" | "light" | "dark";
const AFTER: Record<Choice, Choice> = { system: "light", light: "dark", dark: "system" };
const WORDS: Record<Choice, string> = { system: "as the system", light: "light", dark: "dark" };

/** The button goes system → light → dark; `theme-boot.ts` sets the choice before the first paint. */
export function themeButtons(): void {
  name(chosen());
  document.addEventListener("click", (event) => {
    if ((event.target as Element).closest("[data-theme-button]")) choose(AFTER[chosen()]);
  });
}

function chosen(): Choice {
  const theme = document.documentElement.dataset.theme;
  return theme === "light" || theme === "dark" ? theme : "system";
}

function choose(choice: Choice): void {
  if (choice === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice;
  try {
    if (choice === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, choice);
  } catch {
    // A browser that keeps nothing has the choice for this page only.
  }
  name(choice);
}

function name(choice: Choice): void {
  for (const button of document.querySelectorAll("[data-theme-button]")) {
    button.setAttribute("aria-label", `Theme: ${WORDS[choice]}`);
    button.setAttribute("title", `Theme: ${WORDS[choice]}`);
  }
}
