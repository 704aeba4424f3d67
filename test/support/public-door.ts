import { openTerminal, type PlainTerminal } from "./learner.ts";
import { until } from "./until.ts";

export const DOMAIN = "class.test";

/** Calls to a server with a public name, which is on loopback here. */
export interface PublicDoor {
  /** A call by https, the certificate believed by the authority's root alone. */
  ask(host: string, path: string, init?: RequestInit & { json?: unknown; anonymous?: boolean }): Promise<Response>;
  /** A workshop that runs. */
  workshop(seats?: number): Promise<{ id: string; code: string; endpoint: string; url: string }>;
  join(code: string): Promise<{ token: string; endpoint: string; url: string; seat: number; odehash: string }>;
  terminal(joined: { token: string; endpoint: string; seat: number }): Promise<PlainTerminal>;
}

export interface DoorSettings {
  /** Left out: 127.0.0.1. */
  address?: string;
  httpsPort: number;
  /** PEM */
  root: string;
  apiToken: string;
}

export function openDoor({ address = "127.0.0.1", httpsPort, root, apiToken }: DoorSettings): PublicDoor {
  const port = httpsPort === 443 ? "" : `:${httpsPort}`;

  async function ask(host: string, path: string, init: Parameters<PublicDoor["ask"]>[2] = {}): Promise<Response> {
    const { json, anonymous, ...rest } = init;
    const headers = new Headers(rest.headers);
    headers.set("host", `${host}${port}`);
    if (!anonymous && !headers.has("authorization")) headers.set("authorization", `Bearer ${apiToken}`);
    return fetch(`https://${address}:${httpsPort}${path}`, {
      redirect: "manual",
      ...rest,
      headers,
      ...(json !== undefined && { body: JSON.stringify(json) }),
      tls: { ca: root, serverName: host },
      keepalive: false,
    } as RequestInit);
  }

  async function workshop(seats = 2) {
    const wish = { name: "In public", seats, apiKey: "sk-ant-test-0123456789-0123456789-0123456789" };
    const created = await ask(DOMAIN, "/api/workshops", { method: "POST", json: wish });
    const { workshopId: id, code } = (await created.json()) as { workshopId: string; code: string };
    await ask(DOMAIN, `/api/workshops/${id}/start`, { method: "POST" });
    const look = async () => {
      const body = await (await ask(DOMAIN, `/api/workshops/${id}`)).json();
      if (body.status === "failed") throw new Error(`the workshop failed: ${body.failure}`);
      return body.status === "running" ? body : undefined;
    };
    const { endpoint, url } = await until("the workshop to run", look);
    return { id, code, endpoint, url };
  }

  return {
    ask,
    workshop,
    join: async (code) => {
      const answer = await ask(DOMAIN, "/api/join", { method: "POST", json: { code }, anonymous: true });
      if (answer.status !== 200) throw new Error(`join answered ${answer.status}: ${await answer.text()}`);
      return answer.json();
    },
    terminal: ({ token, endpoint, seat }) => {
      const path = `/vm/${String(seat).padStart(2, "0")}/terminal`;
      const tls = { ca: root, serverName: endpoint.replace(/:\d+$/, "") };
      return openTerminal(`wss://${address}:${httpsPort}${path}`, { host: endpoint, authorization: `Bearer ${token}` }, { tls });
    },
  };
}
