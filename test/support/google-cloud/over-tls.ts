/** Asks each of Google's services once by the official clients, over TLS. `bun test/support/google-cloud/over-tls.ts PORT` */
import { officialClients } from "./clients.ts";

const { instances, secrets, dns } = officialClients(Number(process.argv[2]), true);
const [machines] = await instances.list({ project: "p1", zone: "europe-west4-a" });
const [found] = await secrets.listSecrets({ parent: "projects/p1" });
const [records] = await dns.zone("ws").getRecords();
console.log(JSON.stringify({ machines: machines.length, secrets: found.length, records: records.length }));
