import { all, one } from "../shared/dom.ts";
import { goTo, type PaneName } from "./panes.ts";
import { recall, remember } from "./remember.ts";

/** No pane gets less: under a fifth, neither prompt nor code is readable. */
const LEAST = 20;
const STEP = 2;
const LARGE_STEP = 10;
const HALF = 50;

type Axis = "columns" | "rows";
type Shares = Record<Axis, number>;

/** The panes' dividers: pointer, keys, remembered. Shares are per cent of the first side. */
export function startDividers(): void {
  const shares = recall<Shares>("panes", { columns: 47, rows: 54 });
  for (const grip of all("[data-grip]")) {
    const axis = grip.dataset.grip as Axis;
    const set = (share: number) => {
      shares[axis] = lay(grip, axis, share);
      remember("panes", shares);
    };
    lay(grip, axis, shares[axis]);
    grip.addEventListener("keydown", (event) => moveByKey(event, shares[axis], set));
    grip.addEventListener("pointerdown", (event) => moveByPointer(event, grip, axis, set));
    grip.addEventListener("dblclick", () => set(HALF));
  }
  for (const button of all("button[data-wall]")) button.addEventListener("click", () => toggleWall(button.dataset.wall ?? ""));
}

/** One pane on the whole page, and back; it has the keyboard then. */
function toggleWall(pane: string): void {
  const bench = one("[data-bench]");
  const now = bench.dataset.wall === pane ? undefined : pane;
  if (now) bench.dataset.wall = now;
  else delete bench.dataset.wall;
  for (const button of all("button[data-wall]", bench)) {
    const pressed = button.dataset.wall === now;
    button.setAttribute("aria-pressed", String(pressed));
    button.title = pressed ? "Back to all panes" : (button.getAttribute("aria-label") ?? "");
  }
  goTo(pane === "work" ? "editor" : (pane as PaneName));
}

function lay(grip: HTMLElement, axis: Axis, wish: number): number {
  const share = Math.round(Math.min(100 - LEAST, Math.max(LEAST, Number.isFinite(wish) ? wish : HALF)) * 10) / 10;
  const sides = `minmax(0, ${share}fr) 8px minmax(0, ${100 - share}fr)`;
  const box = grip.parentElement;
  if (box) box.style[axis === "columns" ? "gridTemplateColumns" : "gridTemplateRows"] = sides;
  grip.setAttribute("aria-valuenow", String(Math.round(share)));
  return share;
}

function moveByKey(event: KeyboardEvent, share: number, set: (share: number) => void): void {
  const step = event.shiftKey ? LARGE_STEP : STEP;
  if (event.key === "ArrowLeft" || event.key === "ArrowUp") set(share - step);
  else if (event.key === "ArrowRight" || event.key === "ArrowDown") set(share + step);
  else if (event.key === "Home") set(LEAST);
  else if (event.key === "End") set(100 - LEAST);
  else if (event.key === "Enter") set(HALF);
  else return;
  event.preventDefault();
}

function moveByPointer(event: PointerEvent, grip: HTMLElement, axis: Axis, set: (share: number) => void): void {
  if (event.button !== 0) return;
  const box = grip.parentElement?.getBoundingClientRect();
  if (!box) return;
  event.preventDefault();
  grip.setPointerCapture(event.pointerId);
  document.body.dataset.moving = axis;
  const move = (at: PointerEvent) =>
    set(axis === "columns" ? ((at.clientX - box.left) / box.width) * 100 : ((at.clientY - box.top) / box.height) * 100);
  grip.addEventListener("pointermove", move);
  grip.addEventListener(
    "lostpointercapture",
    () => {
      grip.removeEventListener("pointermove", move);
      delete document.body.dataset.moving;
    },
    { once: true },
  );
}
