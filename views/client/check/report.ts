import { CHECKS, type Findings, TITLES, type Verdict } from "./findings.ts";
import type { Known } from "./known.ts";
import { say } from "./words.ts";

const WORDS: Record<Verdict, string> = { pass: "PASS", fail: "FAIL", untested: "NOT TESTED" };

/** One text for the IT department: what to allow, and what was found. Pure. @param browser as it names itself */
export function reportOf(findings: Findings, { place, address, now }: Known, browser: string): string {
  const found = CHECKS.flatMap((name) => {
    const finding = findings[name];
    if (!finding) return [];
    const { bold, rest } = say(name, finding, place);
    return `${WORDS[finding.is]} – ${TITLES[name]}: ${[bold, rest].filter(Boolean).join(" ")}`;
  });
  const when = now.replace("T", " ").slice(0, 16);
  return [
    "To let a ClaraTeach class through, this network has to allow:",
    ...needsOf({ place }),
    "",
    `Found on ${when} (UTC) from ${address}, by ${browser}:`,
    ...found,
    "",
  ].join("\n");
}

function needsOf({ place: { host, port, secure, machines, stun, media } }: Pick<Known, "place">): string[] {
  const names = machines ? `${host} and ${machines}` : host;
  const [scheme, socket] = secure ? ["HTTPS", "wss"] : ["HTTP", "ws"];
  const udp = [stun && `${stun} (STUN)`, media && `${machines ?? host}, ports ${media.first} to ${media.last}`].filter(Boolean);
  return [
    `- ${scheme} and WebSocket (${socket}) to ${names}, TCP port ${port}: WebSockets stay open for two minutes while nothing is sent, and answers pass as they come`,
    ...(udp.length > 0
      ? [`- UDP to ${udp.join(" and to ")}: for live video, which without it becomes pictures over the WebSocket`]
      : []),
  ];
}
