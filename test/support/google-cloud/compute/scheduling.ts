import { invalid } from "../refusal.ts";

/** When an instance is to run and to end, as it is sent. */
export interface Scheduling {
  maxRunDuration?: { seconds?: string; nanos?: number };
  /** RFC 3339 */
  terminationTime?: string;
  instanceTerminationAction?: string;
  provisioningModel?: string;
  automaticRestart?: boolean;
  onHostMaintenance?: string;
  preemptible?: boolean;
}

/** Google's bounds for `maxRunDuration`: 30 s to 120 days; an end has to say what is done then. */
const RUN_SECONDS = { least: 30, most: 120 * 86_400 };
const MODELS_WITH_END = ["SPOT", "RESERVATION_BOUND", "FLEX_START"];

const wrong = (field: string, value: unknown, why: string) =>
  invalid(`Invalid value for field 'resource.scheduling.${field}': '${value ?? ""}'. ${why}`);

/** @param now milliseconds since 1970 */
export function checkScheduling(scheduling: Scheduling, now: number): void {
  const { maxRunDuration, terminationTime, instanceTerminationAction: action, provisioningModel = "STANDARD" } = scheduling;
  if (scheduling.preemptible && provisioningModel === "STANDARD" && scheduling.provisioningModel)
    throw wrong("provisioningModel", provisioningModel, "For preemptible, only allowed provisioning_model value is SPOT");
  if (isSpot(scheduling) && scheduling.automaticRestart)
    throw wrong("preemptible", true, "Scheduling must have preemptible be false when AutomaticRestart is true.");
  if (maxRunDuration && terminationTime)
    throw wrong("terminationTime", terminationTime, "Only one of maxRunDuration and terminationTime can be specified.");
  checkEnd(scheduling, now);
  const ends = maxRunDuration !== undefined || terminationTime !== undefined;
  if (ends && !action) throw wrong("instanceTerminationAction", "", "You must specify an instance termination action.");
  if (action && !ends && !MODELS_WITH_END.includes(provisioningModel))
    throw wrong(
      "instanceTerminationAction",
      action,
      "You cannot specify a termination action for a VM instance that has the standard provisioning model (default). To use instance termination action, the VM instance must use the Spot, Reservation-Bound or Flex Start provisioning model.",
    );
}

function checkEnd({ maxRunDuration, terminationTime }: Scheduling, now: number): void {
  if (terminationTime !== undefined && !(Date.parse(terminationTime) > now))
    throw wrong("terminationTime", terminationTime, "Must be a time in the future.");
  if (!maxRunDuration) return;
  const { seconds = "0" } = maxRunDuration;
  if (Number(seconds) < RUN_SECONDS.least || Number(seconds) > RUN_SECONDS.most)
    throw wrong("maxRunDuration", `${seconds}s`, `Must be between ${RUN_SECONDS.least} and ${RUN_SECONDS.most} seconds.`);
}

const isSpot = ({ provisioningModel, preemptible }: Scheduling): boolean => provisioningModel === "SPOT" || preemptible === true;

/** With what Google adds. */
export const schedulingShown = (wish: Scheduling) => ({
  onHostMaintenance: isSpot(wish) ? "TERMINATE" : "MIGRATE",
  automaticRestart: !isSpot(wish),
  preemptible: isSpot(wish),
  provisioningModel: isSpot(wish) ? "SPOT" : "STANDARD",
  ...wish,
});

/** @param started when it began to run. @returns when it has to end, in milliseconds since 1970 */
export function endOf({ maxRunDuration, terminationTime }: Scheduling, started: number): number | undefined {
  if (terminationTime !== undefined) return Date.parse(terminationTime);
  if (!maxRunDuration) return undefined;
  return started + Number(maxRunDuration.seconds ?? 0) * 1000 + (maxRunDuration.nanos ?? 0) / 1e6;
}
