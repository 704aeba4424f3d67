import { type Static, type TSchema, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { createLocalJWKSet, errors, type JSONWebKeySet, jwtVerify, SignJWT } from "jose";
import { CLOCK_TOLERANCE_SECONDS, LearnerClaims, MachineClaims } from "./contract/claims.ts";
import { cookiesNamed, cookiesOf } from "./contract/cookies.ts";
import { type ErrorBody, Problem } from "./contract/errors.ts";
import type { MachineDocument } from "./contract/machine.ts";
import { seatCookie, seatName } from "./contract/seats.ts";

/** Longer than any class; generation and the workshop's end are looked at on every call anyway. */
const COOKIE_SECONDS = 7 * 24 * 3600;

/** Ten seats with a few browsers each; a check costs 0.2 ms, and a page makes many calls. */
const KNOWN = 256;

/** Cookies of one name that are looked at: the learner's own, and what pages of her own servers left for the whole domain. */
const SAME_NAME = 8;

/** No token of ours is near it; longer ones are not looked at. */
const TOKEN_LIMIT = 4096;

/** After the end the gateway stops the workshop. A machine that hears nothing closes by itself after this time. */
export const END_GRACE_MS = 10 * 60 * 1000;

/** Who a cookie or token speaks for. */
export const Learner = Type.Object({
  workshop: Type.String(),
  seat: Type.Integer({ minimum: 1 }),
  gen: Type.Integer({ minimum: 1 }),
  odehash: Type.String(),
  name: Type.String(),
});
export type Learner = Static<typeof Learner>;

/** A credential that was good once: its seat has gone on to another generation. Sockets hear it as close code 4003. */
export class Replaced extends Problem {
  constructor(seat: number) {
    super(
      "UNAUTHORIZED",
      `Your instructor freed seat ${seatName(seat)} or moved you to another. Join again with the workshop code, or ask which seat is yours.`,
    );
  }
}

/** Nobody enters any more. Its body says until when everyone's work is kept, where it is. */
class Ended extends Problem {
  readonly #keptUntil: string | undefined;
  constructor({ workshop, keptUntil }: MachineDocument) {
    super(
      "WORKSHOP_ENDED",
      `“${workshop.name}” has ended. Its terminals, files and browsers are gone from this machine; the join page says whether your work is kept, and until when.`,
    );
    this.#keptUntil = keptUntil;
  }
  override get body(): ErrorBody {
    const { code, message } = this;
    return { error: { code, message, ...(this.#keptUntil !== undefined && { keptUntil: this.#keptUntil }) } };
  }
}

/** Who may enter what: the document's keys and generations are looked at on every call. */
export interface Access {
  /** A token from the join page. @throws Problem UNAUTHORIZED, Replaced, WORKSHOP_ENDED. */
  enter(token: string): Promise<Learner>;
  /** `Set-Cookie` of who entered. */
  cookie(learner: Learner, secure: boolean): Promise<string>;
  /** Who calls for this seat, by cookie or Bearer. @throws Problem UNAUTHORIZED, FORBIDDEN for another seat, Replaced, WORKSHOP_ENDED. */
  learner(headers: Headers, seat: number): Promise<Learner>;
  /** Whether somebody of whom it is known that she sat there sits there still. @throws Problem UNAUTHORIZED, Replaced, WORKSHOP_ENDED */
  stays(who: Pick<Learner, "seat" | "gen">): void;
  /** @throws Problem UNAUTHORIZED unless the gateway calls. */
  gateway(headers: Headers): Promise<void>;
}

/** @param document what is wanted now  @param cookieKey 32 bytes, this machine's alone */
export function openAccess(document: () => MachineDocument, cookieKey: Uint8Array, now: () => number = Date.now): Access {
  const known = new Map<string, Learner>();
  const entered = new Map<string, Entered>();

  async function enter(token: string): Promise<Learner> {
    refuseEnded();
    const before = entered.get(token);
    const good = before && isGood(before, document(), now()) ? before : await readToken(token, document());
    remember(entered, token, good);
    refuseStale(document(), good.learner);
    return good.learner;
  }

  async function byCookie(headers: Headers, seat: number): Promise<Learner | undefined> {
    const { workshop, machine } = document();
    let another: Learner | undefined;
    for (const value of cookiesNamed(headers, seatCookie(workshop.id, seat)).slice(0, SAME_NAME)) {
      const learner = known.get(value) ?? (await readCookie(value, cookieKey, machine));
      if (learner?.workshop !== workshop.id) continue;
      remember(known, value, learner);
      if (learner.seat === seat) return learner;
      another ??= learner;
    }
    return another;
  }

  async function learner(headers: Headers, seat: number): Promise<Learner> {
    const token = bearer(headers);
    const found = token === undefined ? await byCookie(headers, seat) : await enter(token);
    if (found && found.seat !== seat)
      throw new Problem("FORBIDDEN", `This token opens seat ${seatName(found.seat)}, not seat ${seatName(seat)}.`);
    if (!found && namesAnotherSeat(headers, document(), seat))
      throw new Problem("FORBIDDEN", `You are not in seat ${seatName(seat)}: go back to your own, or join with a code.`);
    refuseEnded();
    if (!found) throw unauthorized(strangerMessage(seat));
    refuseStale(document(), found);
    return found;
  }

  function refuseEnded(): void {
    if (hasEnded(document(), now())) throw new Ended(document());
  }

  return {
    enter,
    learner,
    stays: (who) => {
      refuseEnded();
      refuseStale(document(), who);
    },
    cookie: async (learner, secure) => {
      const value = await new SignJWT({ ...learner })
        .setProtectedHeader({ alg: "HS256" })
        .setAudience(document().machine)
        .sign(cookieKey);
      const path = `/vm/${seatName(learner.seat)}/`;
      const name = seatCookie(learner.workshop, learner.seat);
      return `${name}=${value}; Path=${path}; Max-Age=${COOKIE_SECONDS}; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
    },
    gateway: async (headers) => {
      const token = bearer(headers);
      if (token === undefined) throw unauthorized("The machine plane takes calls of the gateway only.");
      await verify(document(), token, MachineClaims, "This call's token");
    },
  };
}

/** A learner's token that was verified. */
interface Entered {
  learner: Learner;
  /** Milliseconds since 1970: the last at which it opens anything, the tolerance for clocks included. */
  until: number;
  /** What it was verified against; with another one all is looked at anew. */
  document: MachineDocument;
}

const isGood = ({ until, document }: Entered, now: MachineDocument, at: number): boolean => document === now && at < until;

async function readToken(token: string, document: MachineDocument): Promise<Entered> {
  const { workshopId, machine, seat, gen, odehash, name, exp } = await verify(document, token, LearnerClaims, "This link");
  if (workshopId !== document.workshop.id || machine !== document.machineIndex)
    throw unauthorized("This link is for another workshop.");
  const learner = { workshop: workshopId, seat, gen, odehash, name };
  return { learner, until: (exp + CLOCK_TOLERANCE_SECONDS) * 1000, document };
}

/** Whether nobody may be in the workshop any more: it was stopped, or its end passed and nobody stopped it. */
export function hasEnded({ phase, endsAt }: MachineDocument, now: number): boolean {
  return phase === "ending" || now > Date.parse(endsAt) + END_GRACE_MS;
}

/** Only EdDSA by the document's keys; whatever else the token's header asks for is refused. */
async function verify<T extends TSchema>(document: MachineDocument, token: string, shape: T, what: string): Promise<Static<T>> {
  if (token.length > TOKEN_LIMIT) throw unauthorized(`${what} isn't whole.`);
  const keys = createLocalJWKSet({ keys: document.keys } as unknown as JSONWebKeySet);
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ["EdDSA"],
      audience: document.machine,
      issuer: document.gateway,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ["exp"],
    });
    if (Value.Check(shape, payload)) return payload;
  } catch (cause) {
    if (cause instanceof errors.JWTExpired) throw unauthorized(`${what} has expired.`, cause);
    throw unauthorized(`${what} doesn't open this machine.`, cause);
  }
  throw unauthorized(`${what} doesn't say all that is needed.`);
}

function refuseStale(document: MachineDocument, { seat, gen }: Pick<Learner, "seat" | "gen">): void {
  const wanted = document.seats.find((one) => one.seat === seat);
  if (!wanted || gen < wanted.generation) throw new Replaced(seat);
  if (gen > wanted.generation) throw unauthorized(`Seat ${seatName(seat)} is just being handed over: try again in a moment.`);
}

async function readCookie(value: string, key: Uint8Array, audience: string): Promise<Learner | undefined> {
  if (value.length > TOKEN_LIMIT) return undefined;
  try {
    const { payload } = await jwtVerify(value, key, { algorithms: ["HS256"], audience });
    if (!Value.Check(Learner, payload)) return undefined;
    const { workshop, seat, gen, odehash, name } = payload;
    return { workshop, seat, gen, odehash, name };
  } catch {
    return undefined;
  }
}

/** Last used, last forgotten. */
function remember<T>(known: Map<string, T>, value: string, what: T): void {
  known.delete(value);
  known.set(value, what);
  const [oldest] = known.keys();
  if (known.size > KNOWN && oldest !== undefined) known.delete(oldest);
}

function bearer(headers: Headers): string | undefined {
  return /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
}

/** A cookie of another seat of this workshop came along: only a program sends it here, browsers keep it to its path. */
function namesAnotherSeat(headers: Headers, { workshop }: MachineDocument, seat: number): boolean {
  const own = seatCookie(workshop.id, seat);
  const ofWorkshop = seatCookie(workshop.id, 0).slice(0, -2);
  return [...cookiesOf(headers).keys()].some((name) => name !== own && name.startsWith(ofWorkshop));
}

const strangerMessage = (seat: number): string =>
  `This browser isn’t signed in to seat ${seatName(seat)}. Join with the workshop code; where you sat before, your seat is offered again.`;

const unauthorized = (message: string, cause?: unknown) => new Problem("UNAUTHORIZED", message, { cause });
