import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Subprocess } from "bun";
import { FRONT_DIRECTORY, FRONT_FILE, type FrontDocument } from "../../agent/contract/front.ts";
import { until } from "../../test/support/until.ts";
import { freePort } from "../../test/support/world.ts";

/** The name that all of them serve. */
export const HOST = "class.test";

/** A server that speaks TLS 1.3 and HTTP/1.1 before one and the same upstream. */
export interface Proxying {
  name: string;
  port: number;
  child: Subprocess;
}

interface Around {
  directory: string;
  /** `127.0.0.1:PORT` */
  upstream: string;
  /** PEM files. */
  key: string;
  cert: string;
}

/** Of the executable, as a server of one's own has it. */
export async function startFront({ directory, upstream, key, cert }: Around): Promise<Proxying> {
  const [http, https] = [await freePort(), await freePort()];
  const path = join(directory, "pair.pem");
  writeFileSync(path, (await Bun.file(key).text()) + (await Bun.file(cert).text()));
  const wish: FrontDocument = {
    version: 1,
    listen: { address: "127.0.0.1", http, https },
    gateway: { host: HOST, upstream },
    machines: [],
    certificates: [{ host: HOST, path }],
    challenges: {},
  };
  mkdirSync(join(directory, FRONT_DIRECTORY));
  writeFileSync(join(directory, FRONT_DIRECTORY, FRONT_FILE), JSON.stringify(wish));
  const argv = ["dist/clarateach-agent", "front", "--foreground", "--data", directory];
  return ready("ours", https, argv, environmentOf(await Bun.file("provision/service/clarateach-front.service").text()));
}

const environmentOf = (unit: string) =>
  Object.fromEntries(
    [...unit.matchAll(/^Environment=(.*)$/gm)].flatMap(([, set = ""]) => set.split(" ").map((one) => one.split("="))),
  );

export async function startCaddy({ directory, upstream, key, cert }: Around): Promise<Proxying> {
  const port = await freePort();
  const path = join(directory, "Caddyfile");
  writeFileSync(
    path,
    `{
  admin off
  auto_https off
  servers {
    protocols h1
  }
}
https://${HOST}:${port} {
  bind 127.0.0.1
  tls ${cert} ${key}
  reverse_proxy ${upstream}
}
`,
  );
  const home = { HOME: directory, XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory };
  return ready("caddy", port, ["caddy", "run", "--config", path, "--adapter", "caddyfile"], home);
}

/** One process, so that its time is what one `stat` says. */
export async function startNginx({ directory, upstream, key, cert }: Around): Promise<Proxying> {
  const port = await freePort();
  const path = join(directory, "nginx.conf");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((what) => `${what}_temp_path ${directory}/${what};`);
  writeFileSync(
    path,
    `daemon off; master_process off; pid ${directory}/nginx.pid; error_log ${directory}/nginx.log; events {}
http { access_log off; ${temporary.join(" ")} client_max_body_size 0;
map $http_upgrade $way { default upgrade; "" ""; }
upstream up { server ${upstream}; keepalive 16; }
server { listen 127.0.0.1:${port} ssl; server_name ${HOST}; ssl_certificate ${cert}; ssl_certificate_key ${key}; ssl_protocols TLSv1.3;
keepalive_requests 1000000000;
location / { proxy_pass http://up; proxy_http_version 1.1; proxy_max_temp_file_size 0; proxy_request_buffering off;
proxy_set_header Host $host; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $way; } } }
`,
  );
  return ready("nginx", port, ["nginx", "-c", path, "-p", directory], {});
}

async function ready(name: string, port: number, argv: string[], more: Record<string, string>): Promise<Proxying> {
  const env = { PATH: process.env.PATH ?? "", ...more };
  const child = Bun.spawn(argv, { env, stdin: "ignore", stdout: "ignore", stderr: "ignore" });
  await until(name, async () => {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`);
    const tls = { rejectUnauthorized: false, serverName: HOST };
    const asked = { headers: { host: HOST }, tls, keepalive: false };
    return fetch(`https://127.0.0.1:${port}/`, asked as RequestInit).then(
      ({ ok }) => ok,
      () => false,
    );
  });
  return { name, port, child };
}
