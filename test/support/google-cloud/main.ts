import { parseArgs } from "node:util";
import { startGoogleCloud } from "./google-cloud.ts";

const HELP = `Google's compute, DNS and Secret Manager on loopback, for any client that can be pointed at an address.
  bun test/support/google-cloud/main.ts --port 8799 --project p1 --zone ws=ws.example.com.

  --port N             0: any that is free; the line it prints says which (8799)
  --project ID         the only project there is (p1)
  --zone NAME=DOMAIN.  a managed zone of DNS, again for several; others by managedZones.create
  --location ZONE      a zone of compute, again for several (europe-west4-a, -b, -c, us-central1-a)
  --token WORD         calls without this bearer token are 401; left out, nobody is asked
  --cert FILE, --key FILE  speak TLS, with these (PEM)
  --boot-ms N          from the address of an instance to RUNNING (1000)
  --latency-ms N       that every answer takes at least (0)

Further, by HTTP, with JSON:
  GET    /_record    {entries, left, calls}: every resource ever made, what is there now, every call
  POST   /_faults    one or a list of {kind, method, path, times}, of which path is a regular expression of path and query:
                       {"kind":"answer","status":503}             also reason, message; rpc for Secret Manager's status word
                       {"kind":"lost"}       done, but the connection breaks before the answer
                       {"kind":"cut"}        the connection breaks before anything is done
                       {"kind":"silent"}     done, and never answered
                       {"kind":"late","ms":5000}
                       {"kind":"operation","code":"QUOTA_EXCEEDED","status":403}   accepted, and its operation fails
                       {"kind":"stale"}      the fingerprint is refused
  DELETE /_faults    none of those that wait
  POST   /_capacity  {"exhausted":{"europe-west4-a":{"details":true}},"quotas":{"CPUS":8,"INSTANCES":1,"IN_USE_ADDRESSES":1}}
  POST   /_times     {"times":{"provision","stage","delete","operation","change"},"perMinute":{"compute","dns","secrets"},"latencyMs"}
  POST   /_clock     {"advanceMs":3600000}: what is due until then happens now
  POST   /_serial    {"instance":"zones/ZONE/instances/NAME","text"}: written to its serial port
  POST   /_metadata  {"instance","account":{"email","token"}}: a metadata server for it, of which account may be left out;
                     {host} is what GCE_METADATA_HOST has to be`;

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "8799" },
    project: { type: "string", default: "p1" },
    zone: { type: "string", multiple: true, default: [] },
    location: { type: "string", multiple: true },
    token: { type: "string" },
    cert: { type: "string" },
    key: { type: "string" },
    "boot-ms": { type: "string", default: "1000" },
    "latency-ms": { type: "string", default: "0" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) {
  console.log(HELP);
  process.exit(0);
}

const managedZones = Object.fromEntries(
  values.zone.map((text) => {
    const [name = "", dnsName = ""] = text.split("=");
    if (!name || !dnsName.endsWith(".")) throw new Error(`--zone is "${text}"; write NAME=DOMAIN. like ws=ws.example.com.`);
    return [name, dnsName];
  }),
);
const { cert, key } = values;
if (Boolean(cert) !== Boolean(key)) throw new Error("--cert and --key belong together: name both files, or neither.");
const tls = cert && key ? { cert: await Bun.file(cert).text(), key: await Bun.file(key).text() } : undefined;

/** Slow enough that who looks from outside sees each state. */
const times = { provision: 1000, stage: Number(values["boot-ms"]), delete: 1000, operation: 200, change: 2000 };
const { port } = await startGoogleCloud(
  {
    project: values.project,
    managedZones,
    times,
    latencyMs: Number(values["latency-ms"]),
    ...(values.location && { zones: values.location }),
    ...(values.token && { token: values.token }),
  },
  Number(values.port),
  tls,
);
console.log(`Google Cloud for project ${values.project} at ${tls ? "https://localhost" : "http://127.0.0.1"}:${port}`);
