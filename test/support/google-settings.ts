/** A gateway's settings for an emulator on this computer. @param api the port at which it, or a relay before it, listens */
export const googleSettings = (api: number, project: string, zones: readonly string[]): Record<string, string> => ({
  CLARATEACH_CLOUD: "gce",
  CLARATEACH_GCE_PROJECT: project,
  CLARATEACH_GCE_ZONES: zones.join(" "),
  CLARATEACH_GCE_DNS_ZONE: "ws",
  CLARATEACH_GCE_DOMAIN: "ws.example.com",
  CLARATEACH_GCE_API: `http://127.0.0.1:${api}`,
  METADATA_SERVER_DETECTION: "none",
});
