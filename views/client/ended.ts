import type { SessionInfo } from "../../agent/contract/session.ts";
import { copyText } from "./copy.ts";
import { one } from "./dom.ts";
import { toast } from "./notices.ts";
import { seatText } from "./session.ts";

/** `ended`: the workshop is over. `replaced`: the seat went on without this browser. */
export type Ending = "ended" | "replaced";

let over = false;

export const isOver = (): boolean => over;

/** Covers the page for good; what the open file holds can still be copied. */
export function showEnd(ending: Ending, session: SessionInfo | undefined, openText: () => string | undefined): void {
  if (over) return;
  over = true;
  const workshop = session ? `“${session.workshop.name}”` : "the workshop";
  one("[data-over-title]").textContent = ending === "ended" ? "Workshop ended" : `Seat ${seatText} is no longer yours`;
  one("[data-over-when]").textContent = `Today at ${new Date().toTimeString().slice(0, 5)}`;
  one("[data-over-what]").textContent = ending === "ended" ? endedText(workshop, session) : replacedText(workshop);
  one("[data-over-next]").replaceChildren(...next(ending, session));
  const join = one<HTMLAnchorElement>("[data-over-join]");
  join.hidden = !session;
  if (session) join.href = wayOut(ending, session);
  if (session) stayKindOnReload(join.href);
  offerCopy(openText());
  for (const pane of document.querySelectorAll(".strip, .bench, .dock, .notices, .arrival")) pane.setAttribute("inert", "");
  one("[data-arrival]").hidden = true;
  for (const open of document.querySelectorAll<HTMLElement>(":popover-open")) open.hidePopover();
  for (const open of document.querySelectorAll<HTMLDialogElement>("dialog[open]")) open.close();
  one("[data-over]").hidden = false;
  one(".card", one("[data-over]")).focus();
}

function endedText(workshop: string, session: SessionInfo | undefined): string {
  const why =
    session && Date.parse(session.endsAt) <= Date.now()
      ? `The time of ${workshop} is up.`
      : `The instructor stopped ${workshop}.`;
  return `${why} Your terminal, files and browser are gone from the machine.`;
}

function replacedText(workshop: string): string {
  return `Your instructor freed it or moved you to another seat of ${workshop}. What you did here doesn’t reach this seat any more.`;
}

function next(ending: Ending, session: SessionInfo | undefined): (Node | string)[] {
  if (ending === "replaced") return ["Join again with the workshop code, or ask your instructor which seat is yours."];
  const who = document.createElement("strong");
  who.textContent = session?.name ? `seat ${seatText}, ${session.name}` : `seat ${seatText}`;
  return ["If your instructor kept an archive, your work is in it as ", who, ". The join page says so, and until when."];
}

/** The join page knows this browser, what it is told at the end and until when work is kept. */
const wayOut = (ending: Ending, { joinUrl }: SessionInfo): string => (ending === "ended" ? `${joinUrl}/ended` : joinUrl);

/** The machine goes away with its workshop: whoever loads this page again would see the browser's own "can't be reached". */
function stayKindOnReload(to: string): void {
  window.navigation?.addEventListener("navigate", (event) => {
    if (event.navigationType === "reload" && event.canIntercept) event.intercept({ handler: async () => location.assign(to) });
  });
}

function offerCopy(text: string | undefined): void {
  const button = one("[data-over-copy]");
  button.hidden = text === undefined;
  button.onclick = async () => {
    if (text !== undefined && (await copyText(text))) toast("The open file is on your clipboard.");
  };
}
