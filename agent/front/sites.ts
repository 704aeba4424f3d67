import type { FrontDocument } from "../contract/front.ts";

/** Where calls of a host go; undefined for names that aren't ours. @param host a `Host` header, with or without port */
export function upstreamOf({ gateway, machines }: FrontDocument, host: string | null): string | undefined {
  const name = nameOf(host);
  if (name === gateway.host) return gateway.upstream;
  return machines.find((machine) => machine.host === name)?.upstream;
}

/** `Class.Example.org:443` → `class.example.org`; the dot at the end of a full name is the same name. */
export function nameOf(host: string | null): string {
  return (host ?? "")
    .toLowerCase()
    .replace(/:\d{1,5}$/, "")
    .replace(/\.$/, "");
}
