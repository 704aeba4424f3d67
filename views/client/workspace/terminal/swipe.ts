/** So far a finger goes for one line of the history. */
const LINE_PX = 16;

/** A finger that moves up or down turns the wheel: the only way into tmux's history on a phone. */
export function swipeScrolls(host: HTMLElement, signal: AbortSignal): void {
  let from: number | undefined;
  host.addEventListener(
    "touchstart",
    ({ touches: [finger, second] }) => {
      from = finger && !second ? finger.clientY : undefined;
    },
    { passive: true, signal },
  );
  host.addEventListener(
    "touchmove",
    (event) => {
      const finger = event.touches[0];
      if (from === undefined || !finger || Math.abs(from - finger.clientY) < LINE_PX) return;
      const { clientX, clientY } = finger;
      const deltaY = from - clientY;
      from = clientY;
      event.target?.dispatchEvent(new WheelEvent("wheel", { deltaY, clientX, clientY, bubbles: true, cancelable: true }));
    },
    { passive: true, signal },
  );
}
