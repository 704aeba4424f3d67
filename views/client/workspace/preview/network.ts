/** Calls when this computer has a network again, or another one: what didn't go through may go through now. */
export function onNetwork(changed: () => void): void {
  addEventListener("online", changed);
  // Not every browser tells of more than on and off.
  const { connection } = navigator as { connection?: EventTarget };
  connection?.addEventListener("change", changed);
}
