import type { Socket } from "bun";

/** The way up of a connection. */
export interface Sending {
  socket?: Pick<Socket<unknown>, "write" | "timeout" | "pause" | "resume" | "terminate">;
  /** Of what was last sent. */
  unsent?: Uint8Array | undefined;
  /** Nothing is unsent any more, or nobody is there. */
  taken?: (() => void) | undefined;
  isOver: boolean;
}

/** Once all of it is taken; false: nobody is there any more. One at a time: what is sent before that takes its place. */
export function send(to: Sending, bytes: Uint8Array): Promise<boolean> {
  to.unsent = bytes;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  to.taken = () => resolve(!to.isOver);
  sendOn(to);
  return promise;
}

/** There is room again. */
export function sendOn(to: Sending): void {
  const { socket, unsent } = to;
  if (socket && unsent) {
    const sent = Math.max(0, socket.write(unsent));
    to.unsent = sent < unsent.length ? unsent.subarray(sent) : undefined;
  }
  if (!to.unsent || to.isOver) to.taken?.();
}
