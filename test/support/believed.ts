import { connect } from "node:tls";

/** Whether a door on this computer shows, for this name, a certificate of this authority. @param root PEM */
export function isBelieved(servername: string, port: number, root: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host: "127.0.0.1", port, servername, ca: [root], rejectUnauthorized: false });
  socket.once("secureConnect", () => resolve(socket.authorized)).once("error", () => resolve(false));
  return promise.finally(() => socket.destroy());
}
