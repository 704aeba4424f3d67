import type { SessionInfo } from "../../../agent/contract/session.ts";
import { copyText } from "../shared/copy.ts";
import { all, one } from "../shared/dom.ts";
import { themeButtons } from "../shared/theme-button.ts";
import { toast } from "../shared/toast.ts";
import { arrive } from "./arrival.ts";
import { startClaudeUse } from "./claude-use.ts";
import { startClock } from "./clock.ts";
import { startDividers } from "./dividers.ts";
import { Drafts } from "./editor/drafts.ts";
import { Editor } from "./editor/editor.ts";
import { onFileButtons } from "./editor/words.ts";
import { type Ending, forgetEnd, isOver, showEnd, showPastEnd, watchForEnd } from "./ended.ts";
import { Tree } from "./files/tree.ts";
import { TreeActions } from "./files/tree-actions.ts";
import { Watch } from "./files/watch.ts";
import { followSession } from "./follow-session.ts";
import { startLeaveWarning } from "./leave.ts";
import { onBack, onRetry, setLine, startLines } from "./lines.ts";
import { goTo, onFocus, show, startPanes } from "./panes.ts";
import { startPortOffers } from "./preview/ports.ts";
import { Preview } from "./preview/preview.ts";
import { startPrompt } from "./prompt.ts";
import type { LinkState } from "./reconnect.ts";
import { startSeatPanel } from "./seat/panel.ts";
import { base, lookUp, seatText } from "./session.ts";

/** Between two questions who one is, while the machine doesn't answer. */
const ASK_AGAIN_MS = 2_000;

let session: SessionInfo | undefined;
let editor: Editor | undefined;
let drafts: Drafts | undefined;
let preview: Preview | undefined;
let driven = false;
const stops: (() => void)[] = [];

themeButtons();
startDividers();
startPanes();
startLines();
one("[data-seat]").textContent = seatText;
one("[data-seat]").title = `Seat ${seatText}`;
startLeaveWarning(() => editor?.unsaved() ?? false, isOver);
// The prompt comes first: it waits for nothing else on this page.
stops.push(startPrompt({ onState: settle, onDriven: showDriven, onRefused: refused, onLink: openInSeat }));
const ports = startPortOffers();
stops.push(startSeatPanel({ onState: settle, onRefused: refused, onPorts: ports.hear }));
void enter();

/** Asks until there is an answer: the machine may be starting again. */
async function enter(): Promise<void> {
  const sight = await lookUp();
  if (sight.is === "away" && !session && showPastEnd()) return stopAll();
  if (sight.is === "away") setTimeout(enter, ASK_AGAIN_MS);
  if (sight.is === "ended" || sight.is === "replaced") end(sight.is);
  if (sight.is !== "here" || session) return;
  session = sight.session;
  forgetEnd();
  watchForEnd(session);
  arrive(session);
  follow(startClock(all("[data-time]"), session), startClaudeUse(session.llm));
  startFiles(session);
  startPreview(session);
  ports.allow(session.features.ports, `${session.workshop.id}.${session.seat}.ports-closed`);
}

/** The end of the class is told with its own words: it may have moved by then. */
function follow(showTime: (now: SessionInfo) => void, showUse: (now: SessionInfo["llm"]) => void): void {
  stops.push(
    followSession((now) => {
      session = now;
      showTime(now);
      showUse(now.llm);
      preview?.offer(now.features.preview);
    }),
  );
}

function startFiles({ workshop, seat, odehash }: SessionInfo): void {
  const key = `${workshop.id}.${seat}`;
  const tree: Tree = new Tree({
    open: (path) => void openFile(path),
    watching: (folders) => watch.set("tree", folders),
    menu: (path, at) => actions.menu(path, at),
    rename: (path) => void actions.rename(path),
    remove: (path) => void actions.remove(path),
  });
  drafts = new Drafts(`${key}.${odehash}`);
  const files = new Editor({
    drafts,
    key: `${key}.open`,
    watching: (folders) => watch.set("editor", folders),
    showing: (path) => tree.setShown(path),
  });
  editor = files;
  const watch: Watch = new Watch({
    event: (event) => {
      if (event.type === "changed") void Promise.all([tree.changed(event.path), files.look(event.path, event.names)]);
      else if (event.type === "gone") void Promise.all([tree.gone(event.path), files.lookBelow(event.path)]);
      else void Promise.all([tree.refreshAll(), files.comeBack()]);
    },
    onState: (state) => lineState("work", state),
    onRefused: refused,
  });
  const actions: TreeActions = new TreeActions(tree, files);
  onFileButtons({
    keepMine: () => void files.keepMine(),
    takeTheirs: () => void files.takeTheirs(),
    // The button goes away with its cause; the keyboard goes back to the text, unless she went on elsewhere meanwhile.
    save: () => void files.save().finally(() => isElsewhere() || files.focus()),
  });
  onFocus("files", () => tree.focus());
  onFocus("editor", () => files.focus() || one("[data-edit] button:not([hidden])").focus());
  onBack(() => void Promise.all([tree.refreshAll(), files.comeBack()]));
  onRetry(watch.retry);
  stops.push(watch.close);
  document.addEventListener("keydown", (event) => saveByKey(event, files), { capture: true });
  void tree.refreshAll();
  void files.reopen();
}

/** Somebody has the keyboard in another pane. */
function isElsewhere(): boolean {
  const active = document.activeElement;
  return active !== null && active !== document.body && !one('[data-panel="work"]').contains(active);
}

async function openFile(path: string): Promise<void> {
  show("editor");
  await editor?.open(path);
  editor?.focus();
}

/** Outside the terminal, whose program may know the key. */
function saveByKey(event: KeyboardEvent, files: Editor): void {
  if (event.key.toLowerCase() !== "s" || event.shiftKey || event.altKey || !(event.ctrlKey || event.metaKey)) return;
  if (one('[data-panel="terminal"]').contains(document.activeElement) || one("[data-screen]").contains(document.activeElement))
    return;
  event.preventDefault();
  event.stopPropagation();
  void files.save();
}

function startPreview({ workshop, seat, features }: SessionInfo): void {
  const opened = new Preview({ key: `${workshop.id}.${seat}.preview`, feature: features.preview, onState: settle });
  preview = opened;
  if (driven) opened.showDriven();
  onFocus("preview", () => opened.focus());
  onRetry(opened.retry);
  stops.push(() => opened.stop());
}

/** The terminal's line may know it before there is a preview. */
function showDriven(): void {
  driven = true;
  preview?.showDriven();
}

function lineState(name: "work", state: LinkState): void {
  if (state === "connected") setLine(name, "open");
  else if (state === "reconnecting") setLine(name, "lost");
  settle(state);
}

/** An address on the seat's own localhost means nothing to this computer, unless the seat is a program on it. */
function openInSeat(url: string): boolean {
  const { hostname, protocol, port, pathname, search } = new URL(url);
  const ofSeat = ["localhost", "127.0.0.1", "0.0.0.0", "[::1]"].includes(hostname);
  if (!ofSeat || session?.features.isolation === "none") return false;
  if (protocol === "http:" && Number(port) >= 1024 && session?.features.ports?.available) {
    open(`${base}ports/${port}?to=${encodeURIComponent(pathname + search)}`, "_blank", "noopener");
    return true;
  }
  goTo("preview");
  void copyText(url).then((copied) =>
    toast(
      `${url} is an address of your seat.`,
      copied ? "Paste it into the preview’s address bar." : "Type it into the preview’s address bar.",
    ),
  );
  return true;
}

/** A link that is over for good ends the page. */
function settle(state: LinkState): void {
  if (state === "ended" || state === "replaced") end(state);
}

/** Sockets that are refused twice: perhaps one isn't welcome any more. */
function refused(attempts: number): void {
  if (attempts % 2 === 0 && !isOver())
    void lookUp().then((sight) => {
      if (sight.is === "ended" || sight.is === "replaced") end(sight.is);
    });
}

function stopAll(): void {
  for (const stop of stops) stop();
}

function end(ending: Ending): void {
  stopAll();
  showEnd(ending, session, () => editor?.text());
  if (ending === "ended") void drafts?.dropAll();
}
