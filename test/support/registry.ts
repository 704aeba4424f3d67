import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./until.ts";
import { freePort } from "./world.ts";

/** A registry of images on loopback, Docker's own. */
export interface Registry {
  url: string;
  /** A root file system becomes `repository:tag` in it, as one layer. */
  push(repository: string, tag: string, rootTar: string): Promise<void>;
  stop(): Promise<void>;
}

const IMAGE_TYPE = "application/vnd.docker.container.image.v1+json";
const LAYER_TYPE = "application/vnd.docker.image.rootfs.diff.tar.gzip";
const MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json";

export async function startRegistry(): Promise<Registry> {
  const room = await mkdtemp(join(tmpdir(), "ct-registry-"));
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  const config = { version: "0.1", storage: { filesystem: { rootdirectory: join(room, "data") } }, http: { addr: address } };
  await writeFile(join(room, "config.yml"), JSON.stringify(config)); // JSON is YAML
  const child = Bun.spawn(["docker-registry", "serve", join(room, "config.yml")], {
    ...{ stdin: "ignore", stdout: "ignore", stderr: "ignore" },
  });
  await until("the registry to answer", () => fetch(`${url}/v2/`).catch(() => undefined));
  return {
    url,
    push: (repository, tag, rootTar) => push(`${url}/v2/${repository}`, tag, rootTar),
    stop: async () => {
      child.kill();
      await child.exited;
      await rm(room, { recursive: true });
    },
  };
}

async function push(base: string, tag: string, rootTar: string): Promise<void> {
  const layer = await digestOf(rootTar);
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const image = JSON.stringify({ architecture, os: "linux", config: {}, rootfs: { type: "layers", diff_ids: [layer] } });
  const imageDigest = `sha256:${createHash("sha256").update(image).digest("hex")}`;
  // Not packed, whatever its type says: Docker looks at the bytes.
  await upload(base, layer, Bun.file(rootTar));
  await upload(base, imageDigest, image);
  const manifest = {
    ...{ schemaVersion: 2, mediaType: MANIFEST_TYPE },
    config: { mediaType: IMAGE_TYPE, size: image.length, digest: imageDigest },
    layers: [{ mediaType: LAYER_TYPE, size: Bun.file(rootTar).size, digest: layer }],
  };
  await call(`${base}/manifests/${tag}`, "PUT", JSON.stringify(manifest), MANIFEST_TYPE);
}

async function upload(base: string, digest: string, body: string | Blob): Promise<void> {
  const place = (await call(`${base}/blobs/uploads/`, "POST")).headers.get("location") ?? "";
  await call(`${place}&digest=${digest}`, "PUT", body, "application/octet-stream");
}

async function call(url: string, method: string, body?: string | Blob, type?: string): Promise<Response> {
  const answer = await fetch(url, {
    method,
    ...(body === undefined ? {} : { body }),
    headers: type ? { "content-type": type } : {},
  });
  if (!answer.ok) throw new Error(`the registry answered ${answer.status} to ${method} ${url}: ${await answer.text()}`);
  return answer;
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(file)) hash.update(piece);
  return `sha256:${hash.digest("hex")}`;
}
