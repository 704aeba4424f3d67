import { FirewallsClient } from "@google-cloud/compute/build/src/v1/firewalls_client.js";
import { GlobalOperationsClient } from "@google-cloud/compute/build/src/v1/global_operations_client.js";
import { ImagesClient } from "@google-cloud/compute/build/src/v1/images_client.js";
import { InstancesClient } from "@google-cloud/compute/build/src/v1/instances_client.js";
import { ZoneOperationsClient } from "@google-cloud/compute/build/src/v1/zone_operations_client.js";
import { DNS } from "@google-cloud/dns";
import { SecretManagerServiceClient } from "@google-cloud/secret-manager/build/src/v1/secret_manager_service_client.js";
import { GoogleAuth, googleAuthLibrary } from "google-gax";

/**
 * The official clients as they come, pointed at the emulator: no retries, so that a test sees each answer.
 * @param isTls its certificate is for `localhost`, and this process trusts it (NODE_EXTRA_CA_CERTS)
 */
export function officialClients(port: number, isTls = false) {
  const authClient = new googleAuthLibrary.PassThroughClient();
  const auth = new GoogleAuth({ authClient, projectId: "p1" } as ConstructorParameters<typeof GoogleAuth>[0]);
  const where = isTls ? { apiEndpoint: "localhost" } : { apiEndpoint: "127.0.0.1", protocol: "http" };
  const options = { ...where, port, auth };
  const dnsOptions = { projectId: "p1", authClient, apiEndpoint: `localhost:${port}` };
  const dns = new DNS(dnsOptions as unknown as ConstructorParameters<typeof DNS>[0]);
  // The only way to plain HTTP: the client writes https before any address.
  if (!isTls) dns.baseUrl = `http://127.0.0.1:${port}/dns/v1`;
  type Interceptor = Parameters<typeof dns.interceptors.push>[0];
  dns.interceptors.push({ request: (wish: object) => ({ ...wish, maxRetries: 0 }) } as unknown as Interceptor);
  return {
    instances: new InstancesClient(options),
    operations: new ZoneOperationsClient(options),
    globalOperations: new GlobalOperationsClient(options),
    images: new ImagesClient(options),
    firewalls: new FirewallsClient(options),
    secrets: new SecretManagerServiceClient({ ...options, fallback: true }),
    dns,
  };
}
