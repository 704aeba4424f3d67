import { randomBytes } from "node:crypto";
import type { Peer } from "./peer.ts";
import type { NekoSettings } from "./settings.ts";

/** One who logged in: neko's multiuser provider makes a new one each time. */
export interface Session {
  id: string;
  token: string;
  profile: Profile;
  state: { is_connected: boolean; is_watching: boolean };
  /** Missing while there is none, as all that follows. */
  socket?: unknown;
  send?: (event: string, payload?: unknown) => void;
  /** Ends the socket after a last word. */
  end?: (reason: string) => void;
  peer?: Peer;
}

export interface Profile {
  name: string;
  is_admin: boolean;
  can_login: boolean;
  can_connect: boolean;
  can_watch: boolean;
  can_host: boolean;
  can_share_media: boolean;
  can_access_clipboard: boolean;
  sends_inactive_cursor: boolean;
  can_see_inactive_cursors: boolean;
  plugins: Record<string, unknown>;
}

/** neko's, which plugins add to. */
export interface RoomSettings {
  private_mode: boolean;
  locked_logins: boolean;
  locked_controls: boolean;
  control_protection: boolean;
  implicit_hosting: boolean;
  inactive_cursors: boolean;
  merciful_reconnect: boolean;
  heartbeat_interval: number;
  plugins: Record<string, unknown>;
}

/** Who is there, who has the mouse, and what is allowed. */
export class Sessions {
  readonly room: RoomSettings;
  readonly all = new Map<string, Session>();
  host: Session | undefined;
  readonly #settings: NekoSettings;
  readonly #api: Session;

  constructor(settings: NekoSettings) {
    this.#settings = settings;
    const off = { private_mode: false, locked_logins: false, locked_controls: false, control_protection: false };
    this.room = {
      ...off,
      ...{ implicit_hosting: settings.implicitHosting, inactive_cursors: false, merciful_reconnect: true },
      ...{ heartbeat_interval: 10, plugins: {} },
    };
    // An admin over HTTP that can't open the socket.
    this.#api = makeSession("API", settings.apiToken, { ...profileOf("API", true), can_connect: false });
  }

  /** @returns a word where nobody is let in */
  login(username: string, password: string): Session | "refused" | "locked" {
    const admin = password === this.#settings.adminPassword;
    if (!admin && password !== this.#settings.userPassword) return "refused";
    if (this.room.locked_logins && !admin) return "locked";
    const random = (bytes: number) => randomBytes(bytes).toString("hex");
    const session = makeSession(`${username}-${random(3)}`, random(32), profileOf(username, admin));
    this.all.set(session.id, session);
    this.tell("session/created", describe(session));
    return session;
  }

  logout(session: Session): void {
    this.all.delete(session.id);
    session.peer?.close();
    session.end?.("session deleted");
    this.tell("session/deleted", { id: session.id });
  }

  byToken(token: string): Session | undefined {
    if (token === "") return undefined;
    if (token === this.#api.token) return this.#api;
    return [...this.all.values()].find((session) => session.token === token);
  }

  tell(event: string, payload: unknown): void {
    for (const { send } of this.all.values()) send?.(event, payload);
  }

  setHost(by: Session, host: Session | undefined): void {
    if (this.host === host) return;
    this.host = host;
    this.tell("control/host", { id: by.id, has_host: host !== undefined, ...(host && { host_id: host.id }) });
  }

  /** Whether this one has the mouse now. */
  takesHost(session: Session): boolean {
    if (this.host === session) return true;
    if (!session.profile.can_host || (this.room.locked_controls && !session.profile.is_admin)) return false;
    if (!this.room.implicit_hosting && this.host) {
      this.host.send?.("control/request", { id: session.id });
      return false;
    }
    this.setHost(session, session);
    return true;
  }
}

/** As neko tells of one. */
export const describe = ({ id, profile, state }: Session) => ({ id, profile, state: { ...state } });

const makeSession = (id: string, token: string, profile: Profile): Session => ({
  ...{ id, token, profile },
  state: { is_connected: false, is_watching: false },
});

const profileOf = (name: string, admin: boolean): Profile => ({
  ...{ name, is_admin: admin, can_login: true, can_connect: true, can_watch: true, can_host: true },
  ...{ can_share_media: true, can_access_clipboard: true, sends_inactive_cursor: true },
  ...{ can_see_inactive_cursors: admin, plugins: {} },
});
