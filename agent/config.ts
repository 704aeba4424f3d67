import { PLANE_PORT } from "./contract/machine.ts";

/** The product's; a test keeps it equal to package.json's. */
export const VERSION = "0.1.0";

type Env = Readonly<Record<string, string | undefined>>;

/** The front's ports, http and https. @throws with a sentence for a setting that is none */
export function frontPorts(env: Env): [http: number, https: number] {
  return [portOf("CLARATEACH_HTTP_PORT", env, 80), portOf("CLARATEACH_HTTPS_PORT", env, 443)];
}

/** Of the plane of a machine that stands alone. @throws with a sentence for a setting that is none */
export const planePort = (env: Env): number => portOf("CLARATEACH_PLANE_PORT", env, PLANE_PORT);

function portOf(name: string, env: Env, otherwise: number): number {
  const port = Number(env[name] || otherwise);
  if (Number.isInteger(port) && port >= 1 && port <= 65535) return port;
  throw new Error(`${name} is "${env[name]}"; set it to a number from 1 to 65535.`);
}
