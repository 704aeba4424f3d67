import { registryOf } from "./registry.ts";

/** Where SDKs are kept, and where their packages come from. */
export interface SdkSettings {
  /** One directory for all machines of a computer. */
  tools: string;
  /** Of npm, without a slash at its end. */
  registry: string;
}

/** Of an agent that isn't told otherwise. Not in the gateway's directory: its user, who isn't root, could have root write anywhere. */
const TOOLS_DIRECTORY = "/var/lib/clarateach-tools";

/** `CLARATEACH_TOOLS` and `CLARATEACH_NPM_REGISTRY`. @throws Problem `INVALID_INPUT` for a setting that can't be read */
export const sdkSettings = (env: Readonly<Record<string, string | undefined>>): SdkSettings => ({
  tools: env.CLARATEACH_TOOLS || TOOLS_DIRECTORY,
  registry: registryOf(env.CLARATEACH_NPM_REGISTRY),
});
