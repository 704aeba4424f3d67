import { FRAME_LIMIT } from "../../../agent/contract/frames.ts";
import { LEFT_OUT } from "../../../agent/contract/neko-events.ts";
import type { Peer, PeerHandler } from "../../../agent/contract/peer.ts";

/** What a seat's page says goes to a neko, signed in as its user, and back: the least of what the agent does. */
export function nekoLine(neko: { url: string; password: string }, peer: Peer): PeerHandler {
  const early: string[] = [];
  let socket: WebSocket | undefined;
  let over = false;
  void signIn(neko).then((token) => {
    if (over) return;
    socket = new WebSocket(`${neko.url.replace("http", "ws")}/api/ws?token=${token}`);
    socket.onopen = () => {
      for (const frame of early.splice(0)) socket?.send(frame);
    };
    socket.onmessage = ({ data }) => peer.send(downward(String(data)));
    socket.onclose = () => peer.close(1012, "neko’s socket ended");
  });
  return {
    message(data) {
      if (typeof data !== "string") return;
      if (socket?.readyState === WebSocket.OPEN) socket.send(data);
      else early.push(data);
    },
    drain() {},
    close() {
      over = true;
      socket?.close();
    },
  };
}

async function signIn({ url, password }: { url: string; password: string }): Promise<string> {
  const body = JSON.stringify({ username: "seat", password });
  return (await (await fetch(`${url}/api/login`, { method: "POST", body })).json()).token;
}

const downward = (frame: string): string =>
  Buffer.byteLength(frame) > FRAME_LIMIT ? JSON.stringify({ event: LEFT_OUT }) : withoutServers(frame);

/** Tests ask nobody outside of this computer for a way. */
function withoutServers(frame: string): string {
  const { event, payload } = JSON.parse(frame);
  return event === "signal/provide" ? JSON.stringify({ event, payload: { ...payload, iceservers: [] } }) : frame;
}
