import type { MachineEvent } from "../contract/machine.ts";
import type { Peer, PeerHandler } from "../contract/peer.ts";

/** Ten hints a second are a live page; more would only render the same part again. */
const EVERY_MS = 100;

/** `WS /v1/events`: tells the gateway that the report changed; the first hint at once, then at most one in `EVERY_MS`. */
export interface Events {
  changed(): void;
  open(peer: Peer): PeerHandler;
  close(): void;
}

export function openEvents(): Events {
  const hint = JSON.stringify({ type: "changed" } satisfies MachineEvent);
  const peers = new Set<Peer>();
  let timer: Timer | undefined;
  let again = false;
  const tell = () => {
    timer = undefined;
    if (!again) return;
    again = false;
    for (const peer of peers) peer.send(hint);
    timer = setTimeout(tell, EVERY_MS);
  };
  return {
    changed: () => {
      again = true;
      if (timer === undefined) tell();
    },
    open: (peer) => {
      peers.add(peer);
      peer.send(hint);
      return { message: () => {}, drain: () => {}, close: () => peers.delete(peer) };
    },
    close: () => clearTimeout(timer),
  };
}
