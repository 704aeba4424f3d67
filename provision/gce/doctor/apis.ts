import { ask } from "../calls.ts";
import { type Clients, oneAttempt } from "../clients.ts";
import { GoogleProblem } from "../problems.ts";
import type { GoogleSettings } from "../settings.ts";
import { green, isOff, red, type Seen, unknown } from "./finding.ts";

/** Whether the project has the three that a class needs: whatever else one of them says, it is on. */
export async function apis({ project, zones }: GoogleSettings, clients: Clients, signal: AbortSignal): Promise<Seen> {
  const [zone = ""] = zones;
  const instances = () => clients.instances.list({ project, zone, maxResults: 1 }, { ...oneAttempt(), autoPaginate: false });
  const secrets = () =>
    clients.secrets.listSecrets({ parent: `projects/${project}`, pageSize: 1 }, { ...oneAttempt(), autoPaginate: false });
  const looks = await Promise.all([
    look("compute", instances, signal),
    look("dns", () => clients.zone.getMetadata(), signal),
    look("secretmanager", secrets, signal),
  ]);
  const of = (state: "off" | "silent") => looks.filter((each) => each.state === state).map(({ api }) => `${api}.googleapis.com`);
  if (of("off").length > 0) {
    const command = `gcloud services enable ${of("off").join(" ")} --project ${project}`;
    return red(
      `${of("off").join(", ")} ${of("off").length === 1 ? "is" : "are"} off. Turn on, and wait some minutes: ${command}`,
    );
  }
  if (of("silent").length > 0) return unknown(`${of("silent").join(", ")} did not answer. Try again.`);
  return green("Compute Engine, Cloud DNS and Secret Manager are on.");
}

async function look(api: string, call: () => Promise<unknown>, signal: AbortSignal): Promise<{ api: string; state: string }> {
  try {
    await ask(`be asked by ${api}`, call, { signal, attempts: 3 });
    return { api, state: "on" };
  } catch (error) {
    if (!(error instanceof GoogleProblem) || error.http === 0 || error.isPassing) return { api, state: "silent" };
    return { api, state: isOff(error) ? "off" : "on" };
  }
}
