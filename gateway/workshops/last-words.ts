import type { Machines } from "../../provision/cloud.ts";
import type { Conclusion } from "./plan.ts";
import type { Resource } from "./resource.ts";
import { machinesOf } from "./resources/machine-row.ts";

/** A question to the cloud; the class has failed already. */
const ASK_MS = 10_000;
/** Of a boot that stopped, the last lines say why. */
const LINES = 6;
const LINE_LIMIT = 200;

const NEXT = "Start again; if that ends the same way, whoever runs ClaraTeach needs the last lines of its console:";

/** A start that failed because a machine never came up is told with what that machine said last: a line each, below the reason. */
export async function withLastWords(
  conclusion: Conclusion,
  rows: readonly Resource[],
  machines: Pick<Machines, "lastWords">,
): Promise<Conclusion> {
  if (conclusion.kind !== "failed" || !machines.lastWords) return conclusion;
  const { reason } = conclusion;
  const silent = machinesOf(rows)
    .filter(({ observed, detail }) => observed !== "absent" && detail.certificate === undefined)
    .find(({ name }) => new RegExp(`${name}(?![\\w-])`).test(reason));
  if (!silent) return conclusion;
  const words = await machines.lastWords(silent.name, { signal: AbortSignal.timeout(ASK_MS) }).catch(() => "");
  const lines = linesOf(words);
  if (lines.length === 0) return conclusion;
  return { ...conclusion, reason: [`${reason} ${NEXT}`, ...lines].join("\n") };
}

/** As a console has them, with colours and returns. */
function linesOf(words: string): string[] {
  const plain = words.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, "").split(/[\r\n]+/);
  const lines = plain
    .map((line) =>
      line
        .replace(/\p{Cc}/gu, "")
        .trim()
        .slice(0, LINE_LIMIT),
    )
    .filter((line) => line !== "");
  return lines.slice(-LINES);
}
