/** A server that a browser may ask for a way through its network, as `RTCPeerConnection` takes it. */
export interface IceServer {
  urls: string[];
  username?: string;
  credential?: string;
}

/** A page's connection asks each of them; more only make it slower. */
export const ICE_SERVERS_MOST = 8;

/** From 1 to 65535. */
const PORT = String.raw`([1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])`;
/** A name, an IPv4 address, or an IPv6 address in brackets, and a port. */
const HOST = String.raw`([\w.-]{1,253}|\[[\da-fA-F:.]{2,45}\])(:${PORT})?`;
const ICE_URL = new RegExp(String.raw`^(stun:${HOST}|turns?:${HOST}(\?transport=(udp|tcp))?)$`);

/** RFC 7064 and 7065, of what browsers ask: at anything else they throw. */
export const isIceUrl = (value: unknown): value is string => typeof value === "string" && ICE_URL.test(value);

/** Of a TURN server without a name and a password browsers throw, too. */
export const wantsSignIn = (url: string): boolean => !url.startsWith("stun:");
