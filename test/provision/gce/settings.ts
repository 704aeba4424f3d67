import type { GoogleSettings } from "../../../provision/gce/settings.ts";

export const ZONES = ["europe-west4-a", "europe-west4-b"] as const;

export const SETTINGS: GoogleSettings = {
  project: "p1",
  zones: ZONES,
  dnsZone: "ws",
  domain: "ws.example.com",
  machineType: "e2-standard-8",
  image: "projects/debian-cloud/global/images/family/debian-12",
  diskGb: 50,
  network: "global/networks/default",
  networkTag: "clarateach",
  installation: "test",
  labels: {},
};
