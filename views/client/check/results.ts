import { make, one, sentence } from "../shared/dom.ts";
import {
  CHECKS,
  type CheckName,
  type Finding,
  type Findings,
  lacks,
  NEEDED,
  TITLES,
  troubles,
  type Verdict,
} from "./findings.ts";
import { type Place, say } from "./words.ts";

const WORDS: Record<Verdict, string> = { pass: "passes", fail: "fails", untested: "not tested" };

/** What was found so far, as the page shows it. */
export class Results {
  readonly findings: Findings = {};

  constructor(private readonly place: Place) {}

  set(name: CheckName, finding: Finding): void {
    this.findings[name] = finding;
    const row = rowOf(name);
    row.dataset.is = finding.is === "fail" && !NEEDED.includes(name) ? "lack" : finding.is;
    one(".took", row).textContent = WORDS[finding.is];
    const { bold, rest } = say(name, finding, this.place);
    one(".more", row).replaceChildren(sentence(bold, rest));
  }

  /** What is being done, and how long it still takes. */
  going(name: CheckName, word: string): void {
    one(".took", rowOf(name)).textContent = word;
  }

  /** @param isOver everything that runs by itself has ended */
  conclude(isOver: boolean): void {
    const [is, bold, rest] = isOver ? conclusion(this.findings) : WHILE_HELD;
    const verdict = one("#verdict");
    if (verdict.textContent === `${bold} ${rest}`.trim()) return;
    verdict.dataset.is = is;
    one("p", verdict).replaceWith(make("p", {}, sentence(bold, rest)));
  }
}

const rowOf = (name: CheckName): HTMLElement => one(`#check-${name}`);

const WHILE_HELD = ["doing", "Checking …", "All but the held WebSocket is done."] as const;

/** Pure. */
export function conclusion(findings: Findings): [is: string, bold: string, rest: string] {
  const [bad, less] = [troubles(findings), lacks(findings)];
  const also = less.length > 0 ? `What also fails: ${titles(less)}.` : "";
  if (bad.length > 0)
    return [
      "fail",
      `A class doesn’t get through here: ${titles(bad)}.`,
      `${also} Copy what was found and send it to whoever looks after this network.`.trim(),
    ];
  const open = CHECKS.filter((name) => NEEDED.includes(name) && findings[name]?.is === "untested" && name !== "https");
  if (open.length > 0) return ["untested", `Not everything could be tested: ${titles(open)}.`, also];
  return less.length > 0
    ? ["lack", `A class gets through, with less: ${titles(less)}.`, "What comes of that stands below."]
    : ["pass", "A class gets through here.", "Nothing needs to be done."];
}

const titles = (names: readonly CheckName[]): string => names.map((name) => TITLES[name]).join(", ");
