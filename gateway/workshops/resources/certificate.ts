import { Problem } from "../../../agent/contract/errors.ts";
import type { Certificates } from "../../../provision/cloud.ts";
import { NOTHING } from "../counts.ts";
import type { ActionKind, Outcome, Resource } from "../resource.ts";

/** An order is only given here; an end of one waits for what is under way. */
const CALL_MS = 30_000;

/** The certificate of a machine's public name. @param certificates undefined where machines have no public names (any more) */
export async function actOnCertificate(
  certificates: Certificates | undefined,
  workshop: string,
  row: Resource,
  kind: ActionKind,
): Promise<Outcome> {
  const signal = AbortSignal.timeout(CALL_MS);
  switch (kind) {
    case "create":
      if (!certificates)
        throw new Problem("STATE_CONFLICT", `There is no certificate for ${row.name}: this gateway has no domain any more.`);
      await certificates.create(row.name, { signal });
      return { kind: "created" };
    case "remove":
      await certificates?.remove(row.name, { signal });
      return { kind: "removed", counts: NOTHING };
    default: {
      const found = await certificates?.find(row.name, { signal });
      return { kind: "looked", found: found && { name: row.name, workshop, ...found }, check: kind === "check" };
    }
  }
}
