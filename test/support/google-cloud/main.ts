/**
 * Google's compute, DNS and Secret Manager on loopback, for any client that can be pointed at an address.
 *   bun test/support/google-cloud/main.ts --port 8799 --project p1 --zone ws=ws.example.com.
 * Further: --location europe-west4-a (several), --token WORD, --boot-ms 60000. What was ever made: GET /_record
 */
import { parseArgs } from "node:util";
import { startGoogleCloud } from "./google-cloud.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "8799" },
    project: { type: "string", default: "p1" },
    zone: { type: "string", multiple: true, default: [] },
    location: { type: "string", multiple: true },
    token: { type: "string" },
    "boot-ms": { type: "string" },
  },
});

const managedZones = Object.fromEntries(
  values.zone.map((text) => {
    const [name = "", dnsName = ""] = text.split("=");
    if (!name || !dnsName.endsWith(".")) throw new Error(`--zone is "${text}"; write NAME=DOMAIN. like ws=ws.example.com.`);
    return [name, dnsName];
  }),
);
const boot = values["boot-ms"] === undefined ? {} : { times: { stage: Number(values["boot-ms"]) } };
const { port } = await startGoogleCloud(
  {
    project: values.project,
    managedZones,
    ...boot,
    ...(values.location && { zones: values.location }),
    ...(values.token && { token: values.token }),
  },
  Number(values.port),
);
console.log(`Google Cloud for project ${values.project} at http://127.0.0.1:${port}`);
