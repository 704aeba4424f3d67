import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { Problem } from "../../../agent/contract/errors.ts";
import { CHECKS, type Findings, REASONS, VERDICTS } from "../../../views/client/check/findings.ts";
import { oneLine } from "../names.ts";
import { LEARNER_NAME_LIMIT } from "../workshop.ts";

/** A hundred years: no clock that was ever set, and no screen, is further off. */
const SECONDS_MOST = 100 * 366 * 86_400;
const PIXELS_MOST = 100_000;

const words = <T extends string>(list: readonly T[]) => Type.Union(list.map((word) => Type.Literal(word)));

const Found = Type.Object(
  {
    is: words(VERDICTS),
    why: Type.Optional(words(REASONS)),
    seconds: Type.Optional(Type.Integer({ minimum: -SECONDS_MOST, maximum: SECONDS_MOST })),
    width: Type.Optional(Type.Integer({ minimum: 0, maximum: PIXELS_MOST })),
    height: Type.Optional(Type.Integer({ minimum: 0, maximum: PIXELS_MOST })),
  },
  { additionalProperties: false },
);

/** Words of ours and whole numbers: no sentence of a page's is ever shown to anybody else. */
const Sent = Type.Object(
  {
    name: Type.Optional(Type.String({ maxLength: 4 * LEARNER_NAME_LIMIT })),
    findings: Type.Partial(Type.Object(Object.fromEntries(CHECKS.map((check) => [check, Found]))), {
      additionalProperties: false,
    }),
  },
  { additionalProperties: false },
);

/** What a page sent of its checks. Pure. @throws INVALID_INPUT for whatever else that is */
export function checkedFindings(body: unknown): { name: string; findings: Findings } {
  if (!Value.Check(Sent, body)) throw new Problem("INVALID_INPUT", "These are no results of a check. Load the page again.");
  const { name = "", findings } = body as Static<typeof Sent>;
  const shown = [...oneLine(name)].slice(0, LEARNER_NAME_LIMIT).join("").trim();
  return { name: shown, findings: findings as Findings };
}
