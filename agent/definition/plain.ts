import { parse } from "yaml";
import { BUILT_IN_DEFINITIONS } from "./catalogue.ts";
import { listedSdks, writtenName } from "./listed.ts";

/** In their order: what seats have that are plain processes, the SDKs of the first built-in definition. Nothing of them is set up as root. */
export const PLAIN_SDKS: readonly string[] = listedSdks().map(({ name }) => name);

/**
 * Why seats that are plain processes can't have a definition, as sentences; undefined: they can. Nothing is installed into the computer
 * itself, so they have the first built-in one, whatever it is called.
 * @param normalized as it is kept (definition.ts)
 */
export function whyNotPlain(normalized: string | undefined): string | undefined {
  if (normalized === undefined) return undefined;
  const wants = wantedMore(normalized);
  if (!wants) return undefined;
  const [standard] = BUILT_IN_DEFINITIONS;
  return `This definition ${wants}. Seats are plain processes on this computer, and nothing is installed into it for them: they have ${PLAIN_SDKS.join(", ")}, no more and no less. Take the definition “${standard?.name}”, or start ClaraTeach as root with --runtime docker: then seats are containers and can have any.`;
}

interface Ends {
  plugs?: object;
  slots?: object;
}

function wantedMore(normalized: string): string | undefined {
  const listed = listedSdks(normalized).map(writtenName);
  const others = listed.filter((name) => !PLAIN_SDKS.includes(name));
  if (others.length > 0) return `has ${others.join(", ")}`;
  const missing = PLAIN_SDKS.filter((name) => !listed.includes(name));
  if (missing.length > 0) return `leaves out ${missing.join(", ")}`;
  const { sdks, connections } = parse(normalized, { schema: "failsafe" }) as { sdks: Ends[]; connections?: object };
  return connections || sdks.some(({ plugs, slots }) => plugs ?? slots) ? "has plugs, slots or connections" : undefined;
}
