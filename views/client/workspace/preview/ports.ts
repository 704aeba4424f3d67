import type { PortsFeature } from "../../../../agent/contract/ports.ts";
import { act, icon, make, one, sentence } from "../../shared/dom.ts";
import { notice, withdraw } from "../notices.ts";
import { onShow } from "../panes.ts";
import { recall, remember } from "../remember.ts";
import { base } from "../session.ts";

/** Offers what listens on the seat, each in a tab of its own. */
export interface PortOffers {
  /** All that listen now. */
  hear(ports: readonly number[]): void;
  /** Whether tabs can be had, once that is known. @param key where it is remembered what was closed */
  allow(feature: PortsFeature | undefined, key: string): void;
}

const NOTICE = "ports";

export function startPortOffers(): PortOffers {
  const [panel, list, tool] = [one("[data-ports]"), one("[data-ports-list]"), one('[data-act="ports"]')];
  let listening: readonly number[] = [];
  /** Before that, nothing is known to have ended. */
  let heard = false;
  let feature: PortsFeature | undefined;
  let key = "";

  const closed = () => new Set(recall<number[]>(key, []));

  function show(shown: boolean): void {
    panel.hidden = !shown || listening.length === 0;
    tool.setAttribute("aria-expanded", String(!panel.hidden));
  }

  function close(): void {
    remember(key, listening);
    const hadFocus = panel.contains(document.activeElement);
    show(false);
    if (hadFocus) tool.focus();
  }

  function draw(): void {
    if (!feature || !heard) return;
    const before = new Set([...list.children].map((row) => Number((row as HTMLElement).dataset.port)));
    // Rows that stay keep the keyboard.
    for (const row of [...list.children] as HTMLElement[]) if (!listening.includes(Number(row.dataset.port))) row.remove();
    for (const [at, port] of listening.entries())
      if (!before.has(port)) list.insertBefore(rowOf(port, feature), list.children[at] ?? null);
    tool.hidden = listening.length === 0;
    const known = closed();
    // A server that ended may begin again: that is news then.
    remember(
      key,
      listening.filter((port) => known.has(port)),
    );
    const news = listening.filter((port) => !before.has(port) && !known.has(port));
    show(!panel.hidden || news.length > 0);
    if (listening.length === 0) withdraw(NOTICE);
    else if (news[0] !== undefined) tell(news[0], panel);
  }

  onShow((place) => place === "preview" && withdraw(NOTICE));
  act("ports", () => (panel.hidden ? show(true) : close()));
  act("ports-close", close);
  return {
    hear: (ports) => {
      if (heard && ports.join() === listening.join()) return;
      heard = true;
      listening = ports;
      draw();
    },
    allow: (given, where) => {
      feature = given;
      key = where;
      sayWhy(given);
      draw();
    },
  };
}

function rowOf(port: number, feature: PortsFeature): HTMLElement {
  const said = make("span", {}, sentence(`Port ${port} is listening.`));
  const row = make("li", { "data-port": port }, said);
  if (feature.available) {
    const link = make("a", { class: "button tiny", href: `${base}ports/${port}`, target: "_blank", rel: "noopener" });
    link.append(icon("link"), "Open in a tab");
    link.setAttribute("aria-label", `Open in a tab: port ${port}`);
    row.append(link);
  }
  return row;
}

function sayWhy(feature: PortsFeature | undefined): void {
  const why = one("[data-ports-why]");
  why.hidden = feature?.available !== false;
  if (feature?.available === false)
    why.textContent = `Your browser here shows it at localhost. A tab of its own can’t be had: ${feature.reason} For your instructor: ${feature.fix}`;
}

/** Who doesn't see the pane is told all the same. */
function tell(port: number, panel: HTMLElement): void {
  if (panel.getClientRects().length > 0) return;
  notice({ id: NOTICE, icon: "link", strong: `Port ${port} is listening.`, rest: "Preview has a link that opens it in a tab." });
}
