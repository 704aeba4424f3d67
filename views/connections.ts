/** What a seat has of its machine and of its SDKs, as people see it. A plug takes, a slot gives; ends are `sdk:name`, `:name` of the system's. */
export interface ConnectionsView {
  established: readonly (PairView & { interface: string; auto: boolean })[];
  /** They would be there by themselves, had nobody disconnected them. */
  undesired: readonly PairView[];
  plugs: readonly { name: string; interface: string }[];
  slots: readonly { name: string; interface: string }[];
  /** What isn't connected though somebody may expect it, and why. */
  warnings: readonly string[];
}

export interface PairView {
  plug: string;
  slot: string;
}

type EndView = ConnectionsView["plugs"][number];

/** What may still be connected: each plug, once, with the slots that can be its. What is listed has buttons of its own. */
export function offered({ plugs, slots, established, undesired }: ConnectionsView): { plug: EndView; slots: EndView[] }[] {
  const listed = new Set([...established, ...undesired].map(({ plug, slot }) => `${plug} ${slot}`));
  const known = new Map(plugs.map((plug) => [plug.name, plug]));
  return [...known.values()]
    .map((plug) => ({ plug, slots: slots.filter((slot) => mayFit(plug, slot) && !listed.has(`${plug.name} ${slot.name}`)) }))
    .filter((one) => one.slots.length > 0);
}

/** As far as names and interfaces tell; a machine says more when it is asked, of a tunnel's ports say. */
export function mayFit(plug: EndView, slot: EndView): boolean {
  if (plug.interface !== slot.interface) return false;
  if (plug.interface === "tunnel") return isMachines(plug) !== isMachines(slot);
  return !isMachines(plug) && (plug.interface === "mount" || isMachines(slot));
}

const isMachines = ({ name }: EndView): boolean => name.startsWith("system:") || name.startsWith(":");
