import type { LocalMachines } from "./machines.ts";

/**
 * The machines of a service that makes them as root (`machine-service.ts`).
 * @param socket where it listens
 */
export function askMachineService(socket: string): LocalMachines {
  async function ask<T>(method: string, path: string, init: RequestInit = {}): Promise<T> {
    const response = await fetch(`http://machines/${path}`, {
      ...init,
      method,
      unix: socket,
      timeout: false,
    } as RequestInit).catch((cause: unknown) => {
      init.signal?.throwIfAborted();
      throw new Error(`nobody answers at "${socket}": look at the service that makes machines (clarateach-machines)`, { cause });
    });
    const answer = (await response.json()) as T & { error?: string };
    if (response.ok) return answer;
    throw new Error(answer.error ?? `the service that makes machines answered ${response.status}`);
  }
  const one = (name: string) => `machines/${encodeURIComponent(name)}`;
  return {
    create: ({ name, boot }, options) => ask("PUT", one(name), { ...options, body: boot }),
    find: async (name, options) =>
      (await ask<Awaited<ReturnType<LocalMachines["find"]>> | null>("GET", one(name), options)) ?? undefined,
    remove: (name, options) => ask("DELETE", one(name), options),
    list: (options) => ask("GET", "machines", options),
    ports: () => ask("GET", "ports"),
    fit: (seats) => ask("GET", `fit/${seats}`),
  };
}
