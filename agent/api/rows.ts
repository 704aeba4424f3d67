import { type Call, gateway, gatewaySocket, owner, ownerSocket, type Row, type SocketRow } from "../rows.ts";
import { API_CALLS, API_SOCKETS, type ApiCall } from "./calls.ts";

/** Bodies name ten seats, or a path. */
const BODY_LIMIT = 16 * 1024;

/** What answers each call of the API. */
export type ApiHandlers = Record<keyof typeof API_CALLS, (call: Call) => Response | Promise<Response>> &
  Record<keyof typeof API_SOCKETS, SocketRow<Call>["open"]>;

/** The API, for the gateway and for whoever may open the machine's socket. */
export function apiRows(rooms: { readonly api: ApiHandlers }): Row[] {
  const names = Object.keys(API_CALLS) as (keyof typeof API_CALLS)[];
  const sockets = Object.keys(API_SOCKETS) as (keyof typeof API_SOCKETS)[];
  return [
    ...names.flatMap((name) => {
      const { method, path, body }: ApiCall = API_CALLS[name];
      const handle = (call: Call) => rooms.api[name](call);
      const more = body ? { bodyLimit: BODY_LIMIT } : {};
      return [gateway(method, path, handle, more), owner(method, path, handle, more)];
    }),
    ...sockets.flatMap((name) => {
      const { path } = API_SOCKETS[name];
      const open: SocketRow<Call>["open"] = (call, peer, protocol) => rooms.api[name](call, peer, protocol);
      return [gatewaySocket(path, open), ownerSocket(path, open)];
    }),
  ];
}
