import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import tar from "tar-stream";
import type { PinnedPackage, SdkContent } from "../../agent/definition/content.ts";

export type Entry = { name: string; content?: string; mode?: number; linkname?: string; type?: "symlink" | "link" | "directory" };

export interface Packed {
  pinned: PinnedPackage;
  bytes: Uint8Array<ArrayBuffer>;
}

/** A package as npm packs it. */
export async function pack(name: string, entries: readonly Entry[], into = "lib"): Promise<Packed> {
  const packed = tar.pack();
  for (const { content = "", mode = 0o644, ...header } of entries) packed.entry({ ...header, mode }, content);
  packed.finalize();
  const bytes = gzipSync(Buffer.concat((await Array.fromAsync(packed)) as Uint8Array[]));
  const integrity = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
  return { bytes, pinned: { name, version: "1.0.0", integrity, bytes: bytes.length, into } };
}

export const sdkOf = (...packages: Packed[]): SdkContent => ({
  name: "tool",
  files: [{ path: "sdk.yaml", mode: 0o644, content: "name: tool\n" }],
  links: [],
  packages: packages.map(({ pinned }) => pinned),
});

/** What a registry answers, by the path of the packed file. */
export type Answers = Record<string, (request: Request) => Response | Promise<Response>>;

/** An npm registry on loopback. */
export function npmRegistry(answers: Answers) {
  const asked: string[] = [];
  const server = Bun.serve({
    ...{ port: 0, hostname: "127.0.0.1", idleTimeout: 0 },
    fetch(request) {
      const { pathname } = new URL(request.url);
      asked.push(pathname);
      return answers[pathname]?.(request) ?? new Response("no such package", { status: 404 });
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, asked, end: () => server.stop(true) };
}

/** Half of it, then the line is cut. */
export const cut = ({ bytes }: Packed): Response =>
  new Response(
    new ReadableStream({
      pull(controller) {
        controller.enqueue(bytes.subarray(0, bytes.length / 2));
        controller.close();
      },
    }),
  );
