import type { protos } from "@google-cloud/compute";
import { ask, type Calling, semaphore } from "./calls.ts";
import { type Clients, oneAttempt } from "./clients.ts";
import { GoogleProblem } from "./problems.ts";

type Operation = protos.google.cloud.compute.v1.IOperation;

/** Operations that are looked at side by side: the others wait, learners' calls need connections, too. */
const LOOKS_AT_ONCE = 8;

/** What became of an operation that was accepted: it may still fail, and tells so with an answer that is 200. */
export interface Operations {
  /**
   * One look.
   * @param what goes on after “Google Cloud could not ”
   * @returns whether it ended @throws GoogleProblem when it failed: `reason` is the operation's code
   */
  ended(what: string, zone: string, name: string, options?: Calling): Promise<boolean>;
}

export function openOperations(project: string, { operations }: Pick<Clients, "operations">): Operations {
  const inTurn = semaphore(LOOKS_AT_ONCE);
  return {
    ended: (what, zone, operation, options) =>
      inTurn(async () => {
        const read = async () => (await operations.get({ project, zone, operation }, oneAttempt()))[0];
        const found = await ask(what, read, options);
        throwFailure(what, found);
        return found.status === "DONE";
      }),
  };
}

function throwFailure(what: string, { status, error, httpErrorStatusCode }: Operation): void {
  const [first] = error?.errors ?? [];
  if (status !== "DONE" || !first) return;
  throw new GoogleProblem(what, first.message ?? "its operation failed", httpErrorStatusCode ?? 0, first.code ?? "");
}

/** Of what a call that changes something answered. */
export const operationName = (answer: readonly [{ latestResponse?: unknown }, ...unknown[]]): string =>
  (answer[0].latestResponse as Operation | undefined)?.name ?? "";
