import { seatName } from "../../../agent/contract/seats.ts";
import { CODE_KNOWN, type SessionInfo } from "../../../agent/contract/session.ts";
import { copyText } from "../shared/copy.ts";
import { all, one } from "../shared/dom.ts";
import { toast, unlessUsed } from "../shared/toast.ts";
import { notice } from "./notices.ts";
import { goTo, isNarrow } from "./panes.ts";
import { recall, remember } from "./remember.ts";

/** Read, copied or written down by then; the code stays at the top of the page. */
const ARRIVAL_MS = 60_000;

const UNWALLED =
  "This workshop runs as ordinary programs on your instructor’s computer: keep passwords and private files out of it.";

/** Fills in who and where one is, and shows the reconnect code once, the first time this browser sees the seat. */
export function arrive(session: SessionInfo): void {
  document.title = `${session.workshop.name} – seat ${seatName(session.seat)}`;
  one("[data-workshop]").textContent = session.workshop.name;
  one("[data-learner]").textContent = session.name;
  one("[data-learner-rule]").hidden = session.name === "";
  for (const place of all("[data-odehash]")) place.textContent = session.odehash;
  for (const button of all<HTMLButtonElement>("[data-copy-odehash]")) button.onclick = () => copyCode(session.odehash);
  if (session.features.isolation === "none") sayUnwalled();
  showOnce(session);
}

async function copyCode(odehash: string): Promise<void> {
  if (await copyText(odehash)) toast("Reconnect code copied.");
  else toast("The browser didn’t allow copying.", `The code is ${odehash}.`);
}

/** The process runtime: discreet in the strip, plain where one reads. */
function sayUnwalled(): void {
  for (const place of all("[data-unwalled]")) place.hidden = false;
  one("[data-unwalled-text]").textContent = UNWALLED;
  one("[data-unwalled-why]").onclick = () =>
    notice({ id: "unwalled", icon: "info", strong: "Seats are not isolated from each other here.", rest: UNWALLED });
}

function showOnce(session: SessionInfo): void {
  const key = `${session.workshop.id}.${session.seat}.seen`;
  if (location.hash === CODE_KNOWN) {
    history.replaceState(null, "", location.pathname);
    remember(key, session.odehash);
  }
  if (recall(key, "") === session.odehash) return;
  const arrival = one("[data-arrival]");
  arrival.hidden = false;
  const close = () => {
    arrival.hidden = true;
    remember(key, session.odehash);
  };
  // What one types next is meant for the shell. A phone's own keyboard would cover half of the page.
  const closed = () => {
    close();
    if (!isNarrow()) goTo("terminal");
  };
  one("[data-got-it]").onclick = closed;
  arrival.onkeydown = (event) => {
    if (event.key === "Escape") closed();
  };
  unlessUsed(arrival, ARRIVAL_MS, close);
}
