import { type Command, command, UsageProblem } from "../../agent/contract/command-line.ts";
import { machineOfSeat, SEATS_PER_MACHINE } from "../../agent/contract/seats.ts";
import type { Finding } from "../../provision/cloud.ts";
import { type Config, readSettings, SETTING_OPTIONS, SettingProblem } from "../config.ts";

/** @param examine looks at what a class needs of the cloud that the settings choose; undefined when they choose none */
export const doctorCommand = (examine: (config: Config, machines: number) => Promise<Finding[]> | undefined): Command =>
  command(
    {
      name: "doctor",
      about: "looks whether the chosen cloud has all that a class needs, and touches nothing",
      options: {
        ...SETTING_OPTIONS,
        seats: { value: "NUMBER", about: `of all classes at once, for the quota; ${SEATS_PER_MACHINE} a machine` },
      },
    },
    async ({ seats = "10", ...options }) => {
      if (!/^[1-9]\d{0,4}$/.test(seats)) throw new UsageProblem(`--seats is "${seats}"; it may be a number from 1 to 99999.`);
      const findings = await examine(readSettings(options), machineOfSeat(Number(seats)));
      if (!findings)
        throw new SettingProblem("Machines are made on this computer: there is no cloud to look at (CLARATEACH_CLOUD).");
      for (const { what, state, words } of findings) console.log(`${state.padEnd("unknown".length)}  ${what}: ${words}`);
      // Connections that nobody answers on would keep it from ending.
      process.exit(findings.some(({ state }) => state === "red") ? 1 : 0);
    },
  );
