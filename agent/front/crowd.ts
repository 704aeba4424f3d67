/**
 * A whole class sits behind one address: thirty learners with three tabs of six calls or four sockets. More is one computer
 * taking the door from all others.
 */
const CALLS_PER_ADDRESS = 600;
const SOCKETS_PER_ADDRESS = 600;
/** Ten such classes; a socket costs about 20 kB here. */
const SOCKETS = 6000;
/** `fetch` has 4096 slots in this process, and sockets that are being opened take some for their refusal. */
const CALLS = 3500;

/** Who is inside now, by address. */
export interface Crowd {
  /** Undefined: no room. Otherwise to be called once, when it is over. */
  enter(kind: "call" | "socket", address: string): (() => void) | undefined;
}

export function openCrowd(): Crowd {
  const rooms = {
    call: { all: 0, by: new Map<string, number>(), most: CALLS, each: CALLS_PER_ADDRESS },
    socket: { all: 0, by: new Map<string, number>(), most: SOCKETS, each: SOCKETS_PER_ADDRESS },
  };
  return {
    enter: (kind, address) => {
      const room = rooms[kind];
      const before = room.by.get(address) ?? 0;
      if (room.all >= room.most || before >= room.each) return undefined;
      room.all += 1;
      room.by.set(address, before + 1);
      let inside = true;
      return () => {
        if (!inside) return;
        inside = false;
        room.all -= 1;
        const left = (room.by.get(address) ?? 1) - 1;
        if (left > 0) room.by.set(address, left);
        else room.by.delete(address);
      };
    },
  };
}
