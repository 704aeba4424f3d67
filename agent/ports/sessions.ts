import { createHmac, timingSafeEqual } from "node:crypto";
import { cookiesOf } from "../contract/cookies.ts";
import { portLabel } from "../contract/ports.ts";
import { isSecure, type Place } from "./place.ts";
import type { Holder } from "./tickets.ts";

/** Longer than any class; the seat's generation and the class's end are looked at on every call anyway. */
const SESSION_SECONDS = 7 * 24 * 3600;
const WAY_SECONDS = 60;

/** The two cookies of a port's host: who may see it, and, on the way there, which browser is on it. */
export interface PortCookies {
  /** Whose cookie came along; undefined when none did, or not one of this machine's for this port. */
  holder(headers: Headers, place: Place): Holder | undefined;
  /** `Set-Cookie` of who entered. */
  session(holder: Holder, place: Place): string;
  way(headers: Headers, place: Place): string | undefined;
  /** `Set-Cookie` */
  setWay(secret: string, place: Place): string;
}

/** @param key 32 bytes, the machine's alone @param machine what else of the machine's is signed: another class's cookie is none here */
export function portCookies(key: Uint8Array, machine: string): PortCookies {
  const signed = (holder: Holder): string => {
    const what = `clarateach port ${machine} ${portLabel(holder)} ${holder.generation}`;
    return `${holder.generation}.${createHmac("sha256", key).update(what).digest("base64url")}`;
  };
  const valueIn = (headers: Headers, name: string) => cookiesOf(headers).get(name) ?? undefined;
  return {
    holder: (headers, place) => {
      const value = valueIn(headers, nameAt(place, "port")) ?? "";
      const holder = { seat: place.seat, port: place.port, generation: Number(/^\d{1,9}(?=\.)/.exec(value)?.[0] ?? 0) };
      return isSame(value, signed(holder)) ? holder : undefined;
    },
    session: (holder, place) => cookie(place, "port", signed(holder), SESSION_SECONDS),
    way: (headers, place) => valueIn(headers, nameAt(place, "way")),
    setWay: (secret, place) => cookie(place, "way", secret, WAY_SECONDS),
  };
}

/** `__Host-`: no other host of the domain can set one. Plain http, which is this computer's own, has no such name. */
const nameAt = (place: Place, what: string): string => `${isSecure(place) ? "__Host-" : ""}ct_${what}`;

function cookie(place: Place, what: string, value: string, seconds: number): string {
  const secure = isSecure(place) ? "; Secure" : "";
  return `${nameAt(place, what)}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`;
}

function isSame(given: string, wanted: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(wanted)];
  return one.length === other.length && timingSafeEqual(one, other);
}
