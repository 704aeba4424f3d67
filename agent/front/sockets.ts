import { nobodyThere } from "./answers.ts";
import { Bridge, type MachineSocket } from "./bridge.ts";
import type { Target } from "./calls.ts";
import { type Field, requestFields, responseHeaders } from "./headers.ts";

/** A refusal is quick. */
const REFUSE_MS = 5000;
/** The handshake's own headers are each connection's. */
const HANDSHAKE = /^sec-websocket-/;

/**
 * Opens the machine's side first: its choice of subprotocol, or its refusal with status and words, is the browser's answer.
 * @param release called once, when the socket is over; a refusal is the caller's
 */
export async function openSocket(request: Request, target: Target, release: () => void): Promise<Bridge | Response> {
  const fields = requestFields(request.headers, target.client).filter(([name]) => !HANDSHAKE.test(name));
  const socket = connect(`ws://${target.upstream}${target.path}`, fields, offered(request.headers));
  const bridge = socket && new Bridge(socket, release);
  if (bridge && (await bridge.opened(request.signal))) return bridge;
  socket?.terminate();
  return refused(request, target, fields);
}

function offered(headers: Headers): string[] {
  const names = (headers.get("sec-websocket-protocol") ?? "").split(",").map((name) => name.trim());
  return names.filter((name) => name !== "");
}

function connect(url: string, fields: Field[], protocols: string[]): MachineSocket | undefined {
  try {
    const options = { headers: Object.fromEntries(fields), ...(protocols.length > 0 && { protocols }) };
    return new WebSocket(url, options as never) as MachineSocket;
  } catch {
    // A subprotocol that isn't a token: the machine refuses it in its own words.
    return undefined;
  }
}

/** A client socket only learns that it was refused; the same handshake as a plain call learns why. */
async function refused(request: Request, { upstream, path }: Target, fields: Field[]): Promise<Response> {
  const headers = new Headers(fields);
  for (const [name, value] of request.headers) if (HANDSHAKE.test(name)) headers.set(name, value);
  headers.set("connection", "Upgrade");
  headers.set("upgrade", "websocket");
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(REFUSE_MS)]);
  try {
    const answer = await fetch(`http://${upstream}${path}`, {
      headers,
      redirect: "manual",
      decompress: false,
      signal,
    } as RequestInit);
    if (answer.status >= 400)
      return new Response(answer.body, { status: answer.status, headers: responseHeaders([...answer.headers]) });
    await answer.body?.cancel();
    return nobodyThere(request);
  } catch (cause) {
    return nobodyThere(request, cause);
  }
}
