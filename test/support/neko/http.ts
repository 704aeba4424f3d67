import type { Room } from "./room.ts";
import { describe, type RoomSettings, type Session } from "./sessions.ts";

const COOKIE = "NEKO_SESSION";

/** neko's answers over HTTP, its socket apart. */
export async function answer(room: Room, request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname === "/health") return new Response("true");
  if (pathname === "/") return new Response("<!doctype html><title>neko</title>", { headers: { "content-type": "text/html" } });
  if (!pathname.startsWith("/api/")) return failed(404);
  const call = `${request.method} ${pathname.slice("/api".length)}`;
  if (call === "POST /login") return login(room, request);
  const session = whoAsks(room, request);
  return session ? api(room, session, call, request) : failed(401);
}

/** The cookie where it is on, then the header, then the address: a stranger's header wins over a good address. */
export function whoAsks({ sessions, settings }: Room, { headers, url }: Request): Session | undefined {
  const cookie = new Bun.CookieMap(headers.get("cookie") ?? "").get(COOKIE);
  if (settings.cookie && cookie) return sessions.byToken(cookie);
  const [, bearer] = (headers.get("authorization") ?? "").split("Bearer ");
  if (bearer !== undefined) return sessions.byToken(bearer.trim());
  return sessions.byToken(new URL(url).searchParams.get("token") ?? "");
}

async function login({ sessions, settings }: Room, request: Request): Promise<Response> {
  const words = await request.json().catch(() => undefined);
  if (words === undefined) return failed(400, "unable to parse provided data");
  const session = sessions.login(String(words.username ?? ""), String(words.password ?? ""));
  if (session === "refused") return failed(401);
  if (session === "locked") return failed(403, "logins are locked");
  if (!settings.cookie) return Response.json({ ...describe(session), token: session.token });
  return Response.json(describe(session), { headers: { "set-cookie": `${COOKIE}=${session.token}; HttpOnly` } });
}

async function api({ sessions, settings }: Room, session: Session, call: string, request: Request): Promise<Response> {
  const { is_admin, can_watch } = session.profile;
  switch (call) {
    case "POST /logout":
      sessions.logout(session);
      return Response.json(true);
    case "GET /whoami":
      return Response.json(describe(session));
    case "GET /sessions":
      return Response.json([...sessions.all.values()].map(describe));
    case "GET /stats":
      return Response.json({ has_host: sessions.host !== undefined, total_users: sessions.all.size });
    case "GET /room/screen":
      return can_watch ? Response.json(settings.screen) : failed(403);
    case "GET /room/settings":
      return Response.json(sessions.room);
    case "POST /room/settings":
      if (!is_admin) return failed(403, "session is not admin");
      Object.assign(sessions.room, (await request.json()) as Partial<RoomSettings>);
      sessions.tell("system/settings", { id: session.id, ...sessions.room });
      return new Response(null, { status: 204 });
    default:
      return failed(404);
  }
}

const TEXTS: Record<number, string> = { 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found" };

const failed = (code: number, message = TEXTS[code]): Response => Response.json({ code, message }, { status: code });
