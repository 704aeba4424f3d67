import { serveAsset } from "../../views/assets.ts";
import { STATES } from "./states.tsx";

const STRICT = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/** Every state of every page at an address of its own: `/running`. */
export const serveStates = () =>
  Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      const make = STATES[new URL(request.url).pathname.slice(1)];
      if (!make) return serveAsset(request) ?? new Response(null, { status: 204 });
      return new Response(make(), { headers: { "content-type": "text/html; charset=utf-8", "content-security-policy": STRICT } });
    },
  });

/** Runs in the page. Names as the browser computes them, near enough: own text, label, aria-label, alt. */
export function look() {
  const shown = (element: Element) => element.checkVisibility({ checkVisibilityCSS: true });
  const controls = [
    ...document.querySelectorAll<HTMLElement>("a[href], button, input:not([type=hidden]), select, textarea"),
  ].filter(shown);
  /** It ends behind the edge of its card, which hides what is there. */
  const isCut = (element: Element) => {
    const card = element.closest(".card");
    return card !== null && element.getBoundingClientRect().right > card.getBoundingClientRect().right + 0.5;
  };
  const nameOf = (element: HTMLElement) =>
    element.getAttribute("aria-label") ||
    element.textContent?.trim() ||
    [...((element as HTMLInputElement).labels ?? [])].map((label) => label.textContent?.trim()).join(" ");
  return {
    over: document.documentElement.scrollWidth - innerWidth,
    cut: controls.filter(isCut).map((control) => control.outerHTML),
    unnamed: controls.filter((control) => !nameOf(control)).map((control) => control.outerHTML),
    small: controls
      .filter((control) => control.matches(".button") && control.getBoundingClientRect().height < 29)
      .map((control) => control.outerHTML),
  };
}
