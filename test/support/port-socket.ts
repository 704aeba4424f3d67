import type { PortBrowser } from "./port-browser.ts";

export interface PortSocket {
  opened: boolean;
  socket: WebSocket;
  /** The next message. */
  next(): Promise<string | ArrayBuffer>;
  closed: Promise<{ code: number; reason: string }>;
}

/** A WebSocket to a port's host, from a page of that host unless the headers say otherwise. */
export async function openPortSocket(
  { cookies, origin }: PortBrowser,
  path: string,
  { headers = {}, protocols = [] }: { headers?: Record<string, string>; protocols?: string[] } = {},
): Promise<PortSocket> {
  const { host } = new URL(origin);
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  const address = `ws://127.0.0.1:${host.split(":")[1]}${path}`;
  const socket = new WebSocket(address, { headers: { host, origin, cookie, ...headers }, protocols } as unknown as string[]);
  socket.binaryType = "arraybuffer";
  const heard: (string | ArrayBuffer)[] = [];
  let wake = () => {};
  socket.onmessage = ({ data }) => {
    heard.push(data);
    wake();
  };
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.onclose = ({ code, reason }) => resolve({ code, reason });
  });
  const opened = await new Promise<boolean>((resolve) => {
    socket.onopen = () => resolve(true);
    socket.onerror = () => resolve(false);
  });
  const next = async () => {
    while (heard.length === 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      await promise;
    }
    return heard.shift() as string | ArrayBuffer;
  };
  return { opened, socket, next, closed };
}
