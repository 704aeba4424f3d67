import { type Command, command } from "../contract/command-line.ts";
import type { Finding } from "../contract/findings.ts";
import { RUNTIME_WISHES } from "../contract/running.ts";
import { examine, examineDoors, examineProcesses, type Trials } from "./examine.ts";

/** What only other rooms can look at. */
export interface DoctorGiven extends Trials {
  /** What `auto` means on this computer. */
  fitting(): Promise<"docker" | "process">;
  /** What seats in containers need. @param directory where they will be */
  docker(directory: string): Promise<Finding[]>;
  /** The ports of the front. */
  doors(): readonly number[];
}

export const doctorCommand = (given: DoctorGiven): Command =>
  command(
    {
      name: "doctor",
      group: "This computer",
      about: "tells whether this computer has what seats need",
      options: {
        runtime: { value: RUNTIME_WISHES, about: "which kind of seats; auto (the default): what an agent would choose" },
        json: { about: "for programs" },
      },
    },
    async ({ runtime: wish = "auto", json }) => {
      const runtime = wish === "auto" ? await given.fitting() : wish;
      const findings = [...examine(given), ...(await examineSeats(runtime, given))];
      const chosen = wish === "auto" ? `, chosen by itself: ${CHOICE[runtime]}` : "";
      if (!json) console.log(`Seats of the runtime ${runtime}${chosen}`);
      console.log(json ? JSON.stringify(findings, null, 2) : printed(findings, process.stdout.isTTY === true));
      if (findings.some(({ state }) => state === "bad")) process.exitCode = 1;
    },
  );

const CHOICE = {
  docker: "this is root, Docker answers and has the seats' image",
  process: "containers need root, a Docker that answers, and the seats' image",
} as const;

async function examineSeats(runtime: "docker" | "process", { docker, doors }: DoctorGiven): Promise<Finding[]> {
  return runtime === "docker" ? [...(await docker(process.cwd())), examineDoors(doors())] : examineProcesses();
}

/** For people: one line each, the fix below. */
export function printed(findings: readonly Finding[], colours: boolean): string {
  const paint = (code: number, text: string) => (colours ? `\x1b[${code}m${text}\x1b[0m` : text);
  const signs = { good: paint(32, "ok     "), missing: paint(33, "missing"), bad: paint(31, "bad    ") };
  return findings
    .map(({ what, state, found, fix }) => `${signs[state]} ${what}: ${found}${fix ? `\n        → ${fix}` : ""}`)
    .concat(closing(findings))
    .join("\n");
}

function closing(findings: readonly Finding[]): string {
  const count = (state: Finding["state"]) => findings.filter((one) => one.state === state).length;
  const [bad, missing] = [count("bad"), count("missing")];
  if (bad + missing === 0) return "All is well.";
  const must = bad === 0 ? "Nothing keeps seats from starting" : `What is bad keeps seats from starting (${bad})`;
  return missing === 0 ? `${must}.` : `${must}; what is missing they can do without (${missing}).`;
}
