/** First and last IPv4 address, as numbers. */
export interface Range {
  first: number;
  last: number;
}

/** Neighbours' addresses, and whoever has a network of his own takes his from them. */
export const PRIVATE = ["10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15"];

/** `10.222.0.0/16`; bits after the mask don't count. */
export function rangeOf(cidr: string): Range {
  const [address = "", bits = "32"] = cidr.split("/");
  const size = 2 ** (32 - Number(bits));
  const number = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const first = Math.floor(number / size) * size;
  return { first, last: first + size - 1 };
}

export const cidrOf = ({ first, last }: Range): string => `${dotted(first)}/${32 - Math.log2(last - first + 1)}`;

export const dotted = (address: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");

export const touch = (one: Range, other: Range): boolean => one.first <= other.last && other.first <= one.last;

export const isPrivate = ({ first, last }: Range): boolean =>
  PRIVATE.map(rangeOf).some((network) => network.first <= first && last <= network.last);
