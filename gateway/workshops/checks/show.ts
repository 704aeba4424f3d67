import { CHECKS, type CheckName, type Findings, NEEDED, troubles } from "../../../views/client/check/findings.ts";
import type { ChecksView, LackView } from "../../../views/workshop.ts";
import type { CheckTable } from "../../db/schema.ts";

/** What browsers found, as the instructor sees it. Pure. @returns undefined before the first */
export function showChecks(rows: readonly CheckTable[]): ChecksView | undefined {
  const last = rows.at(-1);
  if (!last) return undefined;
  const found = rows.map(({ name, findings }) => ({ name, findings: JSON.parse(findings) as Findings }));
  return {
    checked: found.length,
    troubled: found.filter(({ findings }) => troubles(findings).length > 0).length,
    lastAt: last.checked_at,
    lacks: CHECKS.flatMap((check) => lackOf(check, found) ?? []),
  };
}

function lackOf(check: CheckName, found: readonly { name: string; findings: Findings }[]): LackView | undefined {
  const failed = found.filter(({ findings }) => findings[check]?.is === "fail");
  if (failed.length === 0) return undefined;
  const names = failed.flatMap(({ name }) => name || []).sort((a, b) => a.localeCompare(b, "en"));
  return { check, needed: NEEDED.includes(check), names, nameless: failed.length - names.length };
}
