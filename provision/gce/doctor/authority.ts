import { type Accounts, type AuthoritySettings, accountAt } from "../../certificates/account.ts";
import { AcmeProblem } from "../../certificates/acme/problem.ts";
import { green, red, type Seen, unknown } from "./finding.ts";

/** Whether it can be reached, and knows us where it has to. No account is made. */
export async function authority(
  settings: AuthoritySettings,
  accounts: Accounts,
  nameOf: (account: string) => string,
  signal: AbortSignal,
): Promise<Seen> {
  const { name, wantsBinding, status } = await accountAt(settings, accounts, signal).catch((error: Error) => {
    if (error instanceof AcmeProblem) return { name: "", wantsBinding: false, status: error };
    throw error;
  });
  if (status instanceof AcmeProblem) return unknown(`It could not be asked: ${status.message}.`);
  const anew = `Take its key away, and the next class makes another account: gcloud secrets delete ${nameOf(name)}`;
  if (status === "valid") return green("It knows this gateway’s account.");
  if (status !== undefined) return red(`It doesn’t take this gateway’s account any more (${status}). ${anew}`);
  if (wantsBinding && !settings.binding)
    return red("It wants an account that it knows already: name its key in CLARATEACH_ACME_BINDINGS.");
  return green("It can be asked; the first class makes an account.");
}
