import { copyButtons } from "../shared/copy-buttons.ts";
import { one } from "../shared/dom.ts";
import { themeButtons } from "../shared/theme-button.ts";
import { liveTimes } from "../shared/times.ts";
import { checkClipboard, checkScreen } from "./browser.ts";
import { type CheckName, type Finding, HOLD_S } from "./findings.ts";
import { type Known, readKnown } from "./known.ts";
import { openNote } from "./note.ts";
import { checkPieces } from "./pieces.ts";
import { reportOf } from "./report.ts";
import { Results } from "./results.ts";
import { checkServer } from "./server.ts";
import { checkHeld, checkWebSocket } from "./sockets.ts";
import { checkUdp } from "./udp.ts";

themeButtons();
liveTimes();
copyButtons();
if (document.querySelector("#check")) void run();

/** All that needs nobody to press for it; a minute of silence is the last of it. */
async function run(): Promise<void> {
  const known = readKnown();
  const results = new Results(known.place);
  const note = openNote(known.noteAt, results.findings);
  const set: SetFinding = (name, finding) => {
    results.set(name, finding);
    one("#copy").dataset.copy = reportOf(results.findings, known, navigator.userAgent);
  };
  one("#again").addEventListener("click", () => location.reload());
  set("clipboard", { is: "untested", why: "unasked" });
  set("screen", checkScreen(screen));
  let isOver = false;
  one("#clipboard").addEventListener("click", async () => {
    set("clipboard", await checkClipboard());
    results.conclude(isOver);
    note.send();
  });
  const websocket = checkWebSocket();
  const quick = quickOnes(known, websocket, set).then(() => {
    results.conclude(isOver);
    note.send();
  });
  set("held", await held(results, await websocket, known.ownFront));
  await quick;
  isOver = true;
  results.conclude(true);
  note.send();
}

type SetFinding = (name: CheckName, finding: Finding) => void;

async function quickOnes({ ownFront, stun }: Known, websocket: Promise<Finding>, set: SetFinding): Promise<void> {
  await Promise.all([
    checkServer(ownFront).then(({ https, clock }) => {
      set("https", https);
      set("clock", clock);
    }),
    websocket.then((finding) => set("websocket", finding)),
    checkPieces().then((finding) => set("pieces", finding)),
    checkUdp(stun).then((finding) => set("udp", finding)),
  ]);
}

async function held(results: Results, websocket: Finding, ownFront: boolean): Promise<Finding> {
  if (websocket.why === "refused") return { is: "untested", why: "refused" };
  const began = Date.now();
  const count = setInterval(() => {
    const left = HOLD_S - Math.round((Date.now() - began) / 1000);
    results.going("held", left > 0 ? `${left} s left` : "once more");
  }, 1000);
  return checkHeld(ownFront).finally(() => clearInterval(count));
}
