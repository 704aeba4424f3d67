import { badBody, type Service } from "./refusal.ts";

/** What every service of Google's takes. */
const COMMON = ["$.xgafv", "$alt", "access_token", "alt", "callback", "fields", "key", "oauth_token", "prettyPrint", "quotaUser"];

const OWN: Record<Service, readonly string[]> = {
  compute: [
    ...[
      "autoDelete",
      "deletionProtection",
      "deviceName",
      "discardLocalSsd",
      "filter",
      "includeAllScopes",
      "maxResults",
      "noGracefulShutdown",
      "orderBy",
    ],
    ...["pageToken", "port", "queryPath", "requestId", "returnPartialSuccess", "serviceProjectNumber", "start", "userIp"],
    ...["variableKey", "view"],
  ],
  dns: ["clientOperationId", "dnsName", "filter", "maxResults", "name", "pageToken", "sortBy", "sortOrder", "type", "userIp"],
  secrets: ["etag", "filter", "pageSize", "pageToken", "secretId", "updateMask"],
};

/** @throws 400 for parameters that no call of the service has: a misspelled one would do nothing */
export function checkQuery(service: Service, query: URLSearchParams): void {
  const known = new Set([...COMMON, ...OWN[service]]);
  const unknown = [...query.keys()].find((name) => !known.has(name));
  if (unknown === undefined) return;
  const told = `Cannot bind query parameter. Field '${unknown}' could not be found in request message.`;
  throw badBody(`Invalid JSON payload received. Unknown name "${unknown}": ${told}`, "");
}
