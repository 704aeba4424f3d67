/** What a person sees instead of JSON. */
export interface PlainPage {
  title: string;
  /** Each line is one on the page. */
  message: string;
  /** Where one goes on from here, and what the link there says. */
  href: string;
  label: string;
  /** Address of what runs on it. */
  script?: string;
}

/** Whether a person loads it as a page. */
export function isNavigation(request: Request): boolean {
  if (request.method !== "GET" && request.method !== "HEAD") return false;
  const mode = request.headers.get("sec-fetch-mode");
  if (mode !== null) return mode === "navigate";
  return (request.headers.get("accept") ?? "").includes("text/html");
}

/** A page of its own, without any other file: it must stand even when nothing else does. Values are those of the look's tokens. */
export function plainPage({ title, message, href, label, script }: PlainPage): string {
  const [heading, text, link, word] = [title, message, href, label].map(Bun.escapeHTML);
  const running = script === undefined ? "" : `<script src="${Bun.escapeHTML(script)}" defer></script>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${heading} – ClaraTeach</title><link rel="icon" href="data:,">${running}
<style>
:root { color-scheme: light dark; --bg: #f5f5f0; --ink: #1a221e; --ink-2: #48534c; --accent: #1a6b50; --accent-ink: #fff; --board: #1d3a30 }
@media (prefers-color-scheme: dark) { :root { --bg: #121614; --ink: #e9ece5; --ink-2: #b7c0b9; --accent: #79c6a2; --accent-ink: #0c1f17 } }
body { margin: 0; background: var(--bg); color: var(--ink); font: 1rem/1.5 -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif }
main { max-width: 34rem; margin: 18vh auto 0; padding: 0 24px }
h1 { margin: 24px 0 12px; font: 700 1.875rem/1.15 "Century Schoolbook", C059, Charter, Georgia, serif }
p { margin: 0 0 24px; color: var(--ink-2); white-space: pre-line }
a { display: inline-block; padding: 8px 16px; border-radius: 8px; background: var(--accent); color: var(--accent-ink); text-decoration: none }
a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
</style></head><body><main>
<svg width="40" height="40" viewBox="0 0 26 26" aria-hidden="true"><rect width="26" height="26" rx="6" fill="#1d3a30"/><path d="m7 8.5 4.5 4.5L7 17.5M14 18h5.5" fill="none" stroke="#f6f3e8" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/></svg>
<h1>${heading}</h1><p>${text}</p><a href="${link}">${word}</a>
</main></body></html>
`;
}
