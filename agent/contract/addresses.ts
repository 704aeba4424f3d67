/**
 * An address as limits count it: IPv6 by its /64, which is the least that a provider gives one household, so that nobody has 2^64 tries;
 * IPv4 that came over an IPv6 socket is IPv4.
 */
export function countedAddress(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "").replace(/%.*$/, "");
  const [before = "", after] = plain.toLowerCase().split("::");
  if (!plain.includes(":")) return plain;
  const groups = before === "" ? [] : before.split(":");
  const last = after ? after.split(":") : [];
  const zeros = Math.max(0, 8 - groups.length - last.length - (plain.includes(".") ? 1 : 0));
  const network = [...groups, ...Array<string>(zeros).fill("0"), ...last].slice(0, 4);
  return `${network.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/64`;
}
