/** What of seats may be chosen (README); agents read them, none is a secret. */
export const SEAT_SETTINGS: readonly string[] = [
  "CLARATEACH_SOCKET_GROUP",
  "CLARATEACH_LLM_URL",
  "CLARATEACH_NPM_REGISTRY",
  "CLARATEACH_TOOLS",
  "CLARATEACH_DOCKER_SOCKET",
  "CLARATEACH_SEAT_IMAGE",
  "CLARATEACH_SEAT_MEMORY",
  "CLARATEACH_SEAT_CPUS",
  "CLARATEACH_SEAT_PIDS",
  "CLARATEACH_SEAT_DISK",
  "CLARATEACH_SEAT_SUBNETS",
  "CLARATEACH_OUTBOUND",
  "CLARATEACH_OUTBOUND_ALLOW",
  "CLARATEACH_TRUSTED_CA",
  "CLARATEACH_OCI_RUNTIME",
  "CLARATEACH_ALLOWED_INTERFACES",
  "CLARATEACH_DEVICE_ROOT",
  "CLARATEACH_MOUNT_SOURCES",
  "CLARATEACH_SSH_AGENT",
  "CLARATEACH_TUNNEL_SOCKETS",
];

/**
 * Of an office's network: without these an agent reaches neither Claude nor npm. Not HTTP_PROXY: Bun would ask it for this computer's own
 * addresses.
 */
export const AGENT_NETWORK: readonly string[] = ["HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "NODE_EXTRA_CA_CERTS"];
