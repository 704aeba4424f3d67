import { once } from "../contract/once.ts";

/**
 * A whole class sits behind one address: thirty learners with three tabs of six calls or four sockets. More is one computer
 * taking the door from all others.
 */
const CALLS_PER_ADDRESS = 600;
export const SOCKETS_PER_ADDRESS = 600;
/** Ten such classes; a socket costs about 20 kB here. */
export const SOCKETS = 6000;
/** Six such classes; each has two descriptors, and up to 2 MB of an answer that nobody takes. */
const CALLS = 3500;

/** What runs now, by address. */
export interface Connections {
  /** Undefined: there are too many. Otherwise to be called once, when it is over. */
  begin(kind: "call" | "socket", address: string): (() => void) | undefined;
}

export function openConnections(): Connections {
  const counts = {
    call: { all: 0, by: new Map<string, number>(), most: CALLS, each: CALLS_PER_ADDRESS },
    socket: { all: 0, by: new Map<string, number>(), most: SOCKETS, each: SOCKETS_PER_ADDRESS },
  };
  return {
    begin: (kind, address) => {
      const count = counts[kind];
      const before = count.by.get(address) ?? 0;
      if (count.all >= count.most || before >= count.each) return undefined;
      count.all += 1;
      count.by.set(address, before + 1);
      return once(() => {
        count.all -= 1;
        const left = (count.by.get(address) ?? 1) - 1;
        if (left > 0) count.by.set(address, left);
        else count.by.delete(address);
      });
    },
  };
}
