import type { FrontDocument } from "../contract/front.ts";

/**
 * Where calls of a host go; undefined for names that aren't ours. All names one label below a machine's lead to it, as its certificate does:
 * what it serves there is its agent's to say. @param host a `Host` header, with or without port
 */
export function upstreamOf({ gateway, machines }: FrontDocument, host: string | null): string | undefined {
  const name = nameOf(host);
  if (name === gateway?.host) return gateway?.upstream;
  const above = name.slice(name.indexOf(".") + 1);
  const own = machines.find((machine) => machine.host === name) ?? machines.find((machine) => machine.host === above);
  return own?.upstream;
}

/** `Class.Example.org:443` → `class.example.org`; the dot at the end of a full name is the same name. */
export function nameOf(host: string | null): string {
  return (host ?? "")
    .toLowerCase()
    .replace(/:\d{1,5}$/, "")
    .replace(/\.$/, "");
}
