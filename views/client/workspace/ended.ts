import type { SessionInfo } from "../../../agent/contract/session.ts";
import { copyText } from "../shared/copy.ts";
import { one } from "../shared/dom.ts";
import { toast } from "../shared/toast.ts";
import { shown } from "../shared/when.ts";
import { recall, remember } from "./remember.ts";
import { lookUp, seatText } from "./session.ts";

/** `ended`: the workshop is over. `replaced`: the seat went on without this browser. */
export type Ending = "ended" | "replaced";

let over = false;

/** What the page remembers of an end: the machine goes away with its workshop, and a page that comes back finds nobody to ask. */
interface PastEnd {
  session: SessionInfo;
  at: string;
}
const endKey = `ended.${seatText}`;

/** A page that came back, by the browser's own back button or after its computer slept, to a machine that doesn't answer. */
export function showPastEnd(): boolean {
  const past = recall<PastEnd | undefined>(endKey, undefined);
  if (past) showEnd("ended", past.session, () => undefined, new Date(past.at));
  return past !== undefined;
}

/** Somebody sits here again: addresses are used again. */
export const forgetEnd = (): void => remember(endKey, undefined);

/** Loading this address again is to lead somewhere when the machine is gone. A browser that takes no worker shows its own page then. */
export function watchForEnd(session: SessionInfo): void {
  const worker = `${one("[data-gone-worker]").dataset.goneWorker}?${new URLSearchParams({ elsewhere: wayOut("ended", session) })}`;
  navigator.serviceWorker?.register(worker, { scope: location.pathname }).catch(() => undefined);
}

export const isOver = (): boolean => over;

/** Covers the page for good; what the open file holds can still be copied. */
export function showEnd(
  ending: Ending,
  session: SessionInfo | undefined,
  openText: () => string | undefined,
  at = new Date(),
): void {
  if (over) return;
  over = true;
  const workshop = session ? `“${session.workshop.name}”` : "the workshop";
  one("[data-over-title]").textContent = ending === "ended" ? "Workshop ended" : `Seat ${seatText} is no longer yours`;
  one("[data-over-when]").textContent = dayAndClock(at);
  one("[data-over-what]").textContent = ending === "ended" ? endedText(workshop, session, at) : replacedText(workshop);
  one("[data-over-next]").replaceChildren(...next(ending, session));
  if (ending === "ended") void tellKept(session);
  const join = one<HTMLAnchorElement>("[data-over-join]");
  join.hidden = !session;
  if (session) join.href = wayOut(ending, session);
  if (session && ending === "ended") remember(endKey, { session, at: new Date().toISOString() } satisfies PastEnd);
  offerCopy(openText());
  for (const pane of document.querySelectorAll(".strip, .bench, .notices, .arrival")) pane.setAttribute("inert", "");
  one("[data-arrival]").hidden = true;
  for (const open of document.querySelectorAll<HTMLElement>(":popover-open")) open.hidePopover();
  for (const open of document.querySelectorAll<HTMLDialogElement>("dialog[open]")) open.close();
  one("[data-over]").hidden = false;
  one(".card", one("[data-over]")).focus();
}

function dayAndClock(at: Date): string {
  const clock = at.toTimeString().slice(0, 5);
  const today = at.toDateString() === new Date().toDateString();
  return today ? `Today at ${clock}` : `${shown("dayClock", at.toISOString(), new Date().toISOString())}`;
}

function endedText(workshop: string, session: SessionInfo | undefined, at: Date): string {
  const why =
    session && Date.parse(session.endsAt) <= at.getTime()
      ? `The time of ${workshop} is up.`
      : `The instructor stopped ${workshop}.`;
  return `${why} Your terminal, files and browser are gone from the machine.`;
}

function replacedText(workshop: string): string {
  return `Your instructor freed it or moved you to another seat of ${workshop}. What you type here no longer reaches it.`;
}

function next(ending: Ending, session: SessionInfo | undefined): (Node | string)[] {
  if (ending === "replaced") return ["Join again with the workshop code, or ask your instructor which seat is yours."];
  return [
    "If your instructor kept an archive, your work is in it as ",
    mine(session),
    ". The join page says so, and until when.",
  ];
}

/** The machine is still there while everyone's work is packed. */
async function tellKept(session: SessionInfo | undefined): Promise<void> {
  const sight = await lookUp();
  if (sight.is !== "ended" || !sight.keptUntil) return;
  const until = shown("day", sight.keptUntil, new Date().toISOString());
  one("[data-over-next]").replaceChildren(`Your work is in the instructor’s archive until ${until}, as `, mine(session), ".");
}

function mine(session: SessionInfo | undefined): HTMLElement {
  const who = document.createElement("strong");
  who.textContent = session?.name ? `seat ${seatText}, ${session.name}` : `seat ${seatText}`;
  return who;
}

/** The join page knows this browser, what it is told at the end and until when work is kept. */
const wayOut = (ending: Ending, { joinUrl }: SessionInfo): string => (ending === "ended" ? `${joinUrl}/ended` : joinUrl);

function offerCopy(text: string | undefined): void {
  const button = one("[data-over-copy]");
  button.hidden = text === undefined;
  button.onclick = async () => {
    if (text !== undefined && (await copyText(text))) toast("The open file is on your clipboard.");
  };
}
