import { Elysia } from "elysia";
import { pageRoutes } from "../../gateway/routes/pages/routes.ts";
import { type PaperServices, paperServices, SESSION } from "./paper-services.ts";

export interface Pages extends PaperServices {
  url: string;
  /** What the log got, under the number people see. */
  logged: [string, unknown][];
  /** As the signed-in instructor unless `cookie` says otherwise; redirects aren't followed. */
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  post(path: string, fields: Record<string, string | Blob>, headers?: Record<string, string>): Promise<Response>;
  end(): Promise<void>;
}

/** The pages on a port of their own, over services of paper. */
export async function startPages(): Promise<Pages> {
  const paper = paperServices();
  const logged: [string, unknown][] = [];
  const settings = { url: "https://class.example.org", behindFront: false, network: { ownFront: false, stun: [] } };
  const app = new Elysia({ precompile: true }).use(
    pageRoutes(paper.services, settings, (number, cause) => logged.push([number, cause])),
  );
  app.listen({ port: 0, hostname: "127.0.0.1" });
  const url = `http://127.0.0.1:${app.server?.port}`;
  const ask = (path: string, init: RequestInit, headers: Record<string, string>) =>
    fetch(url + path, { ...init, redirect: "manual", headers: { cookie: SESSION, ...headers } });
  return Object.assign(paper, {
    url,
    logged,
    get: (path: string, headers = {}) => ask(path, {}, headers),
    post: (path: string, fields: Record<string, string | Blob>, headers = {}) => {
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.append(name, value);
      return ask(path, { method: "POST", body: form }, headers);
    },
    end: async () => {
      await app.stop(true);
    },
  });
}
