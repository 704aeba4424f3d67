import { bridgePrefix } from "../names.ts";

/** A seat's port that strangers may call: of the machine and of the seat the same number. */
export interface OpenPort {
  /** The seat's own address, `10.222.0.2`. */
  address: string;
  port: number;
}

const PROTOCOLS = ["udp", "tcp"] as const;

/**
 * Calls of strangers that a seat gets each second, and at once. A viewer makes three or four; each is something that the machine's kernel
 * remembers for half a minute at least, so that a flood of them costs one learner her video, and not all learners the kernel's table.
 */
const CALLS_PER_SECOND = 20;
const CALLS_AT_ONCE = 100;
/** As long as the allowance takes to come back. */
const REMEMBERED_MS = 10_000;

const each = (open: readonly OpenPort[], rule: (one: OpenPort, protocol: string) => string): string[] =>
  open.flatMap((one) => PROTOCOLS.map((protocol) => rule(one, protocol)));

/** Who calls the machine there calls the seat. */
export const leading = (open: readonly OpenPort[]): string[] =>
  each(open, ({ address, port }, protocol) => `-p ${protocol} --dport ${port} -j DNAT --to-destination ${address}:${port}`);

/** What comes out of seats: answers to who called there, and nothing that a seat began, whatever its port. */
export const answering = (open: readonly OpenPort[]): string[] =>
  each(
    open,
    ({ address, port }, protocol) =>
      `-s ${address}/32 -p ${protocol} --sport ${port} -m conntrack --ctstate DNAT -m conntrack --ctstate ESTABLISHED --ctdir REPLY -j RETURN`,
  );

/**
 * What goes into seats: calls that were led there. The last rule stands without any open port too: a call that began while one was goes no
 * further, though the kernel still knows it.
 */
export function called(machine: string, chain: string, open: readonly OpenPort[]): string[] {
  const into = `-o ${bridgePrefix(machine)}+`;
  const limit = `--hashlimit-above ${CALLS_PER_SECOND}/sec --hashlimit-burst ${CALLS_AT_ONCE} --hashlimit-mode dstip --hashlimit-name ${chain}-calls --hashlimit-htable-expire ${REMEMBERED_MS}`;
  return [
    ...(open.length > 0 ? [`${into} -m conntrack --ctstate NEW -m hashlimit ${limit} -j DROP`] : []),
    ...each(
      open,
      ({ address, port }, protocol) =>
        `${into} -d ${address}/32 -p ${protocol} --dport ${port} -m conntrack --ctstate DNAT -j ACCEPT`,
    ),
    `${into} -m conntrack --ctstate DNAT --ctdir ORIGINAL -j DROP`,
  ];
}

/** Of the seat's own network: what runs as its learner says nothing from that port, so that nobody but the container beside it uses what is open. */
export const silencing = (port: number, uid: number): string =>
  `*mangle\n${PROTOCOLS.map((protocol) => `-A OUTPUT -p ${protocol} --sport ${port} -m owner --uid-owner ${uid} -j DROP\n`).join("")}COMMIT\n`;
