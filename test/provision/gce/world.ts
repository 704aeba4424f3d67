import { googleAuthLibrary } from "google-gax";
import type { OpenCloud } from "../../../provision/cloud.ts";
import { openGoogleCloud } from "../../../provision/gce/cloud.ts";
import type { GoogleSettings } from "../../../provision/gce/settings.ts";
import { type GoogleCloud, startGoogleCloud } from "../../support/google-cloud/google-cloud.ts";
import type { WorldSettings } from "../../support/google-cloud/world.ts";
import { SETTINGS, ZONES } from "./settings.ts";

/** An emulator, and the provider that talks to it with the official clients. */
export interface GoogleWorld {
  google: GoogleCloud;
  cloud: OpenCloud;
  /** Another gateway's provider of the same project, as after a kill. */
  another(settings?: Partial<GoogleSettings>): Promise<OpenCloud>;
  end(): Promise<void>;
}

export async function startGoogleWorld(settings: WorldSettings = {}): Promise<GoogleWorld> {
  const google = await startGoogleCloud({ zones: [...ZONES], managedZones: { ws: "ws.example.com." }, ...settings });
  // Addresses are this computer's: another test's machines have others.
  google.world.compute.counter = Math.floor(Math.random() * 2 ** 21);
  const another = (own: Partial<GoogleSettings> = {}) =>
    openGoogleCloud(
      { ...SETTINGS, project: google.world.project, ...own },
      { host: "127.0.0.1", port: google.port, authClient: new googleAuthLibrary.PassThroughClient() },
    );
  return { google, cloud: await another(), another, end: google.end };
}
