import type { protos } from "@google-cloud/compute";
import { PLANE_PORT } from "../../../agent/contract/machine.ts";
import { mediaPorts, nekoSettings } from "../../../agent/contract/neko.ts";
import { ask } from "../calls.ts";
import { type Clients, oneAttempt } from "../clients.ts";
import type { GoogleSettings } from "../settings.ts";
import { green, red, type Seen } from "./finding.ts";

type Rule = protos.google.cloud.compute.v1.IFirewall;

const EVERYBODY = "0.0.0.0/0";
/** Learners come to these from anywhere; the plane is asked by the gateway alone, whose rule may name its address. */
const DOORS = [80, 443];

/** Whether learners and gateway get through to machines. Rules that deny aren't looked for. */
export async function firewall(settings: GoogleSettings, { options }: Clients, signal: AbortSignal): Promise<Seen> {
  const { project, network, networkTag } = settings;
  const { FirewallsClient } = await import("@google-cloud/compute/build/src/v1/firewalls_client.js");
  const client = new FirewallsClient(options);
  const read = async () => {
    const found: Rule[] = [];
    for await (const rule of client.listAsync({ project }, { ...oneAttempt(), autoPaginate: false })) found.push(rule);
    return found;
  };
  const rules = (await ask("list the firewall rules", read, { signal })).filter((rule) => isFor(settings, rule));
  const open = rules.filter(({ sourceRanges }) => !sourceRanges?.length || sourceRanges.includes(EVERYBODY));
  const closed = [
    ...DOORS.filter((port) => !open.some((rule) => allows(rule, "tcp", port))).map((port) => `tcp:${port}`),
    ...(rules.some((rule) => allows(rule, "tcp", PLANE_PORT)) ? [] : [`tcp:${PLANE_PORT}`]),
    ...closedMedia(settings, open),
  ];
  if (closed.length === 0)
    return green(`Machines with the tag ${networkTag} are open on 80, 443 and ${PLANE_PORT}.${warning(network)}`);
  const allow = closed.join(",");
  return red(
    `No rule lets ${closed.map((one) => one.replace(/^tcp:(?=\d+$)/, "")).join(", ")} through to machines with the tag ${networkTag}. gcloud compute firewall-rules create clarateach-machines --project ${project} --network ${nameOf(network)} --target-tags ${networkTag} --allow ${allow}`,
  );
}

/** Live video comes from a port for each seat, if it is set up. */
function closedMedia({ seatSettings = {} }: GoogleSettings, open: readonly Rule[]): string[] {
  const neko = nekoSettings(seatSettings);
  if (!neko) return [];
  const { first, last } = mediaPorts(neko);
  const isOpen = (protocol: string) => [first, last].every((port) => open.some((rule) => allows(rule, protocol, port)));
  return ["tcp", "udp"].filter((protocol) => !isOpen(protocol)).map((protocol) => `${protocol}:${first}-${last}`);
}

/** It comes with the project, and with rules for SSH and remote desktops from everywhere. */
const warning = (network: string): string =>
  nameOf(network) === "default"
    ? " But they are in the network “default”, whose own rules let everybody try SSH and remote desktops: make one for classes (provision/gce/README.md, step 3) and set CLARATEACH_GCE_NETWORK."
    : "";

const nameOf = (address: string): string => address.split("/").at(-1) ?? "";

const isFor = ({ network, networkTag }: GoogleSettings, rule: Rule): boolean =>
  nameOf(rule.network ?? "") === nameOf(network) &&
  rule.direction !== "EGRESS" &&
  !rule.disabled &&
  (!rule.targetTags?.length || rule.targetTags.includes(networkTag));

const NUMBERS: Record<string, string> = { tcp: "6", udp: "17" };

/** Without ports it is about all of them. */
const allows = ({ allowed }: Rule, protocol: string, port: number): boolean =>
  (allowed ?? []).some(
    ({ IPProtocol, ports }) =>
      [protocol, NUMBERS[protocol], "all"].includes(IPProtocol ?? "") &&
      (!ports?.length || ports.some((range) => isWithin(port, range))),
  );

/** @param range `443` or `52001-52099` */
function isWithin(port: number, range: string): boolean {
  const [first = 0, last = first] = range.split("-").map(Number);
  return port >= first && port <= last;
}
