import type { ComponentChildren } from "preact";
import { renderToString } from "preact-render-to-string";
import { assetUrl } from "./assets.ts";
import { Icon } from "./parts/icon.tsx";
import { Name } from "./parts/name.tsx";

interface PageProps {
  /** The browser's tab: `First steps – ClaraTeach`. */
  title: string;
  /** In the body beside `main`: dialogs, the whole-screen board. */
  beside?: ComponentChildren;
  /** `<meta http-equiv="refresh">` for pages that go on by themselves, in browsers without scripts only. Seconds. */
  refreshWithoutScript?: number;
  children: ComponentChildren;
}

/** A page of the instructor: header with theme and sign-out, one column of up to 1120 px. `narrow`: messages. */
export function PortalPage(props: PageProps & { signedIn: boolean; narrow?: boolean }) {
  return (
    <Document {...props} scripts={["htmx.js", "portal.js"]}>
      <header class="top">
        <Name href="/" />
        <span class="space" />
        <ThemeButton />
        {props.signedIn && (
          <form method="post" action="/sign-out">
            <button type="submit" class="button quiet tiny">
              <Icon name="out" />
              <span>Sign out</span>
            </button>
          </form>
        )}
      </header>
      <main class={props.narrow ? "narrow" : "page"} id="main" tabIndex={-1}>
        {props.children}
      </main>
    </Document>
  );
}

/** A page of one column without a header: what a learner and a signed-out instructor see. `wide`: sentences rather than a form. */
export function DoorPage(props: PageProps & { homeHref?: string; wide?: boolean; script?: string }) {
  return (
    <Document {...props} scripts={["htmx.js", props.script ?? "join.js"]}>
      <main class={props.wide ? "narrow wide" : "narrow"} id="main" tabIndex={-1}>
        <div class="door">
          <Name {...(props.homeHref ? { href: props.homeHref } : {})} />
          <ThemeButton />
        </div>
        {props.children}
      </main>
    </Document>
  );
}

/** The whole document as text. */
export const renderPage = (page: preact.VNode): string => `<!doctype html>\n${renderToString(page)}`;

/** One part of a page, for a swap. */
export const renderPart = (part: preact.VNode): string => renderToString(part);

/**
 * htmx: no history of its own (pages are real addresses), no injected styles, a server's failure never lands in the page, what the
 * browser opened (dialog, menu) stays open when its part is swapped. Its stream comes back within 5 s of an interruption.
 */
const HTMX_CONFIG = JSON.stringify({
  history: false,
  includeIndicatorCSS: false,
  noSwap: [204, 304, "401", "5xx"],
  morphIgnore: ["data-htmx-powered", "open"],
  sse: { reconnectMaxDelay: 5000 },
});

function Document(props: PageProps & { scripts: string[] }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{props.title}</title>
        <meta name="color-scheme" content="light dark" />
        <meta name="htmx-config" content={HTMX_CONFIG} />
        {props.refreshWithoutScript && (
          <noscript>
            <meta http-equiv="refresh" content={String(props.refreshWithoutScript)} />
          </noscript>
        )}
        <link rel="icon" href={assetUrl("icon.svg")} />
        {/* Blocking on purpose: the choice of light or dark has to be known before the first paint. */}
        <script src={assetUrl("theme-boot.js")} />
        {["tokens.css", "base.css", "portal.css"].map((name) => (
          <link key={name} rel="stylesheet" href={assetUrl(name)} />
        ))}
        {props.scripts.map((name) => (
          <script key={name} src={assetUrl(name)} {...(name.startsWith("h") ? { defer: true } : { type: "module" })} />
        ))}
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to the content
        </a>
        {props.children}
        {props.beside}
        <div class="toasts" id="toasts" role="status" />
      </body>
    </html>
  );
}

function ThemeButton() {
  return (
    <button type="button" class="button quiet tiny needs-script" data-theme-button>
      <Icon name="theme" />
      <span>Theme</span>
    </button>
  );
}
