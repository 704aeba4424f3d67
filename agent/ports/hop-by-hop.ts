/** They speak of one connection, not of the call (RFC 9110 §7.6.1). */
const HOP_BY_HOP = [
  ...["connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"],
  ...["te", "trailer", "transfer-encoding", "upgrade", "expect"],
];

/** Their names, and those that `Connection` adds; a header without which a call is another one stays, whatever it says. */
export function isHopByHop(connection: string | null): (name: string) => boolean {
  const named = (connection ?? "").split(",").map((name) => name.trim().toLowerCase());
  const dropped = new Set([...HOP_BY_HOP, ...named.filter((name) => !END_TO_END.test(name))]);
  return (name) => dropped.has(name);
}

const END_TO_END = /^(?:host|origin|cookie|authorization|set-cookie|content-.*|cache-control|sec-.*)$/;
