import type { SocketHandler } from "bun";
import type { Listener } from "./sides.ts";

/**
 * Whoever waits is taken in one turn of the agent's loop: programs that connect without end would hold it for seconds. After so many within
 * so long nobody listens for as long; a page that opens has six, a load test begins again.
 */
export const AT_ONCE = 100;
export const PAUSE_MS = 100;

/** Listens, with pauses when too many come. @param listen throws when its place is taken @returns how to stop; whoever was taken goes on */
export function openDoor<Data>(listen: (socket: SocketHandler<Data>) => Listener, socket: SocketHandler<Data>): () => void {
  let listener: Listener | undefined;
  let pause: Timer | undefined;
  let [room, since] = [AT_ONCE, 0];
  const stop = () => {
    clearTimeout(pause);
    listener?.stop();
    listener = undefined;
  };
  const again = () => {
    pause = setTimeout(() => {
      try {
        listener = listen(counted);
      } catch {
        // Somebody took its place, no descriptor is left for now, or the seat is just being stopped.
        again();
      }
    }, PAUSE_MS);
  };
  const counted: SocketHandler<Data> = {
    ...socket,
    open(one) {
      const now = performance.now();
      if (now - since > PAUSE_MS) [room, since] = [AT_ONCE, now];
      socket.open?.(one);
      if (--room > 0) return;
      stop();
      again();
    },
  };
  listener = listen(counted);
  return stop;
}
