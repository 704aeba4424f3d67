import { isSystem, ownPlug } from "../../../interfaces/ends.ts";
import { noPlug, type Pair, whyNotConnected } from "../../../interfaces/resolve.ts";
import type { ConnectAsk } from "../../asks.ts";
import type { Wanted } from "./wanted.ts";

/** Why people can't have what they ask for, by definition and SDKs alone. @param wanted as it would be then */
export function whyNotAsked(ask: ConnectAsk, wanted: Wanted): string | undefined {
  if (ask.action === "remount") return whyNotMoved(ask.plug, wanted);
  if (ask.forget) return undefined;
  return whyNotConnected(ask, wanted.ends) ?? (ask.action === "connect" ? whyElsewhere(ask, wanted) : undefined);
}

/** A plug has one slot. */
function whyElsewhere({ plug, slot }: Pair, { resolved }: Wanted): string | undefined {
  const other = resolved.connections.find((one) => one.plug === plug && one.slot !== slot);
  return other ? `${plug} is connected to ${other.slot}. Disconnect that first.` : undefined;
}

function whyNotMoved(plug: string, { ends, resolved }: Wanted): string | undefined {
  const own = ownPlug(plug, ends);
  if (!own) return noPlug(plug, ends);
  if (own.name !== plug) return `${plug} is bound to ${own.name} and gets what that one gets. Remount that one.`;
  if (own.end.interface !== "mount") return `${plug} is a ${own.end.interface}: only mounts have a source.`;
  const connection = resolved.connections.find((one) => one.plug === plug);
  if (!connection) return `${plug} isn't connected. Connect it to system:mount first.`;
  if (isSystem(connection.slot)) return undefined;
  return `${plug} has its files from ${connection.slot}, inside the seat. Connect it to system:mount first.`;
}
