import { callDocker } from "../../agent/seats/docker/client/http.ts";

/** As Docker itself makes them, which seats don't need. @param socket the daemon's */
export async function createNetwork(socket: string, name: string): Promise<void> {
  const body = { Name: name, CheckDuplicate: true, Driver: "bridge" };
  (await callDocker(socket, { what: `create network "${name}"`, method: "POST", path: "/networks/create", body })).resume();
}

export async function removeNetwork(socket: string, name: string): Promise<void> {
  (await callDocker(socket, { what: `remove network "${name}"`, method: "DELETE", path: `/networks/${name}` })).resume();
}
