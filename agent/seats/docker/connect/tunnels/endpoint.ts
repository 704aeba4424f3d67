/** One end of a tunnel that carries connections. */
export type StreamEnd =
  | { kind: "tcp"; hostname: string; port: number }
  /** A socket that a file stands for. */
  | { kind: "path"; path: string }
  /** One that no file stands for: `@name`. */
  | { kind: "abstract"; name: string };

export interface DatagramEnd {
  kind: "udp";
  hostname: string;
  port: number;
}

export type Endpoint = StreamEnd | DatagramEnd;

/** `127.0.0.1:8080/tcp`, `[::1]:53/udp`, `/run/a.sock`, `@name`: canonical (definition/values.ts). @throws Error for anything else */
export function parseEndpoint(text: string): Endpoint {
  if (text.startsWith("/")) return { kind: "path", path: text };
  if (text.startsWith("@")) return { kind: "abstract", name: text.slice(1) };
  const [, hostname, port, kind] = /^(.+):(\d{1,5})\/(tcp|udp)$/.exec(text) ?? [];
  if (hostname === undefined) throw new Error(`internal error: a tunnel's end is "${text}"`);
  return { kind: kind as "tcp" | "udp", hostname: hostname.replace(/^\[|\]$/g, ""), port: Number(port) };
}

export const isLoopback = (hostname: string): boolean => hostname.startsWith("127.") || hostname === "::1";
