import { Problem } from "../../../../contract/errors.ts";
import { seatName } from "../../../../contract/seats.ts";
import type { SshAgentGrant, TunnelGrant } from "../../../../interfaces/grants.ts";
import type { LiveSeats } from "../../live.ts";
import { ENGINE_INSIDE } from "../../names.ts";
import { notConnected, type Refused } from "../refused.ts";
import { Carrier } from "./carry.ts";
import { Datagrams } from "./datagrams.ts";
import { openDoor } from "./door.ts";
import { parseEndpoint } from "./endpoint.ts";
import { MachineSide } from "./machine-side.ts";
import { whyNeverOpened } from "./refused.ts";
import { SeatSide } from "./seat-side.ts";
import type { Side } from "./sides.ts";
import { AGENT_SOCKET, NO_AGENT, openSshAgent, whyNoAgent } from "./ssh-agent.ts";
import { whyNotListening } from "./taken.ts";

/** What a seat has by a socket of the agent's. */
export type TunnelledGrant = TunnelGrant | SshAgentGrant;

interface Opened {
  grant: TunnelledGrant;
  /** Of the seat when it was opened: after a restart it has another one, and who listened there is gone with the old one. */
  network: string;
  close(): void;
}

/** Which tunnels of which seats are open. They live in the agent and end with it: `set` opens them again. */
export class OpenTunnels {
  /** By seat, then by what was granted. */
  readonly #open = new Map<number, Map<string, Opened>>();
  readonly #turns = new Map<number, Promise<unknown>>();

  constructor(readonly live: LiveSeats) {}

  /** Opens what is missing, closes what is too many; again is fine. @returns what can't be open @throws Problem when the seat doesn't run */
  set(seat: number, grants: readonly TunnelledGrant[]): Promise<Refused[]> {
    const turn = (this.#turns.get(seat) ?? Promise.resolve()).catch(() => {}).then(() => this.#set(seat, grants));
    this.#turns.set(seat, turn);
    return turn;
  }

  /** Of a seat that stops. Whoever is connected is cut. */
  close(seat: number): void {
    for (const { close } of this.#open.get(seat)?.values() ?? []) close();
    this.#open.delete(seat);
  }

  closeAll(): void {
    for (const seat of [...this.#open.keys()]) this.close(seat);
  }

  /** Why this can't be had now, for people; undefined: it can. @param seat whose it would be: what it has open itself is no reason */
  async whyNot(grant: TunnelledGrant, seat: number): Promise<string | undefined> {
    if (grant.kind === "ssh-agent") return whyNoAgent(this.live.host.settings.sshAgent);
    const never = whyNeverOpened(grant);
    if (never !== undefined) return never;
    const holder = [...this.#open].find(([, tunnels]) => tunnels.has(keyOf(grant)))?.[0];
    if (holder === seat) return undefined;
    return this.#try(grant);
  }

  /** What new shells and programs of a seat know by its tunnels; undefined: they know it no more. */
  environment(seat: number): Record<string, string | undefined> {
    const has = this.#open.get(seat)?.has(AGENT);
    return { SSH_AUTH_SOCK: has ? `${ENGINE_INSIDE}/${AGENT_SOCKET}` : undefined };
  }

  async #set(seat: number, grants: readonly TunnelledGrant[]): Promise<Refused[]> {
    if (grants.length === 0) {
      this.close(seat);
      return [];
    }
    const { network } = await this.live.find(seat);
    const open = this.#open.get(seat) ?? new Map<string, Opened>();
    this.#open.set(seat, open);
    const wanted = new Map(grants.map((grant) => [keyOf(grant), grant]));
    for (const [key, one] of open) {
      if (wanted.has(key) && one.network === network) continue;
      one.close();
      open.delete(key);
    }
    const refused: Refused[] = [];
    for (const [key, grant] of wanted) {
      if (open.has(key)) continue;
      const close = await this.#openOne(seat, grant).catch((error) => {
        refused.push(notConnected(grant.plug, whyOf(error)));
      });
      if (close === undefined) continue;
      if (this.#open.get(seat) !== open) {
        close();
        throw new Problem("UNAVAILABLE", `Seat ${seatName(seat)} was stopped while its tunnels were opened. Start it again.`);
      }
      open.set(key, { grant, network, close });
    }
    return refused;
  }

  /** @returns how to close it */
  async #openOne(seat: number, grant: TunnelledGrant): Promise<() => void> {
    if (grant.kind === "ssh-agent") return this.#openAgent(seat);
    const why = await this.whyNot(grant, seat);
    if (why !== undefined) throw new Problem("STATE_CONFLICT", why);
    const [from, to] = [this.#side(grant.listens.on, seat), this.#side(grant.leads.to, seat)];
    const [listens, leads] = [parseEndpoint(grant.listens.endpoint), parseEndpoint(grant.leads.endpoint)];
    if (listens.kind === "udp" && leads.kind === "udp") {
      const datagrams = new Datagrams({ side: from, end: listens }, { side: to, end: leads });
      await datagrams.open();
      return () => datagrams.close();
    }
    if (listens.kind === "udp" || leads.kind === "udp")
      throw new Error(`internal error: ${grant.plug} is UDP at one end and not at the other`);
    const carrier = new Carrier((socket, signal) => to.dial(leads, socket, signal));
    const stop = openDoor((socket) => from.listen(listens, socket), carrier.handler);
    return () => {
      stop();
      carrier.close();
    };
  }

  /** Whether an agent answers there is asked by each of the seat's programs anew. */
  #openAgent(seat: number): () => void {
    const { host } = this.live;
    const { sshAgent } = host.settings;
    if (sshAgent === undefined) throw new Problem("UNAVAILABLE", NO_AGENT);
    return openSshAgent(host.paths(seat).engine, { uid: host.uid(seat), gid: host.gid(seat) }, sshAgent);
  }

  #side(of: "machine" | "seat", seat: number): Side {
    return of === "seat" ? new SeatSide(this.live, seat) : new MachineSide(this.live.host.settings.tunnelSockets);
  }

  /** Only the machine can be asked before there is a seat. */
  async #try({ listens, leads }: TunnelGrant): Promise<string | undefined> {
    const machine = new MachineSide(this.live.host.settings.tunnelSockets);
    if (listens.on === "seat") return machine.whyNotAt(parseEndpoint(leads.endpoint));
    return whyNotListening(parseEndpoint(listens.endpoint), machine, () => this.#tunnelAt(listens.endpoint));
  }

  /** Of ours. */
  #tunnelAt(endpoint: string): string | undefined {
    for (const [seat, tunnels] of this.#open)
      for (const { grant } of tunnels.values())
        if (grant.kind === "tunnel" && grant.listens.on === "machine" && grant.listens.endpoint === endpoint)
          return `${grant.plug} of seat ${seatName(seat)}`;
    return undefined;
  }
}

const AGENT = "ssh-agent";
/** A seat has one SSH agent, however many plugs ask for it. */
const keyOf = (grant: TunnelledGrant): string => (grant.kind === "ssh-agent" ? AGENT : JSON.stringify(grant));

/** What only the system calls had against it: no descriptor left, a path too long. */
function whyOf(error: unknown): string {
  if (error instanceof Problem) return error.message;
  return `cannot open it: ${error instanceof Error ? error.message : error}. Try again.`;
}
