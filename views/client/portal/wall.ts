/** "Show on the whole screen": the board as a dialog, and the browser's own full screen where it allows. Esc leaves both. */
export function wallBoard(): void {
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest("a[data-wall]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const wall = document.getElementById("wall");
    if (!(wall instanceof HTMLDialogElement)) return;
    event.preventDefault();
    open(wall);
  });
}

function open(wall: HTMLDialogElement): void {
  const leave = () => {
    if (!document.fullscreenElement) wall.close();
  };
  wall.showModal();
  wall.addEventListener(
    "close",
    () => {
      document.removeEventListener("fullscreenchange", leave);
      if (document.fullscreenElement) void document.exitFullscreen();
    },
    { once: true },
  );
  // Only once it is on: the change that turns it on must not count as leaving.
  wall.requestFullscreen?.().then(
    () => document.addEventListener("fullscreenchange", leave),
    () => undefined,
  );
}
