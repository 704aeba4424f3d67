import { buffer } from "node:stream/consumers";
import tar from "tar-stream";
import { ZipFile } from "yazl";

/** One thing in an archive: a file unless it says otherwise. */
export interface Packed {
  name: string;
  text?: string | Buffer;
  mode?: number;
  type?: "file" | "directory" | "symlink" | "link" | "fifo";
  /** Of a link. */
  target?: string;
}

export const NOTES_YAML = "name: notes\nsummary: A small server for notes.\n";
export const WORKSHOP_YAML = "name: own\nbase: debian@12\nsdks:\n  - name: node\n  - name: project-notes\n";

/** A definition with one SDK of its own, as its maker's folder has it. */
export const definitionFiles = (more: readonly Packed[] = []): Packed[] => [
  { name: "workshop.yaml", text: WORKSHOP_YAML },
  { name: "project-notes/sdk.yaml", text: NOTES_YAML },
  { name: "project-notes/hooks/setup-base", text: "#!/bin/bash\necho hello\n", mode: 0o755 },
  { name: "project-notes/templates/one.md", text: "# One\n" },
  ...more,
];

/** gzip isn't needed: what unpacks it looks at the first bytes. @param touched when all of them were last changed; now otherwise */
export async function packTar(files: readonly Packed[], touched = new Date()): Promise<Buffer<ArrayBuffer>> {
  const pack = tar.pack();
  for (const { name, text = "", mode = 0o644, type = "file", target } of files) {
    const header = { name, mode, type, mtime: touched, ...(target !== undefined && { linkname: target }) } as Parameters<
      typeof pack.entry
    >[0];
    if (type === "file") pack.entry(header, text);
    else pack.entry(header);
  }
  pack.finalize();
  return (await buffer(pack as unknown as AsyncIterable<Buffer>)) as Buffer<ArrayBuffer>;
}

export async function packZip(files: readonly Packed[]): Promise<Buffer<ArrayBuffer>> {
  const zip = new ZipFile();
  for (const { name, text = "", mode = 0o644, type = "file", target = "" } of files) {
    if (type === "directory") zip.addEmptyDirectory(name);
    else if (type === "symlink") zip.addBuffer(Buffer.from(target), name, { mode: 0o120777 });
    else zip.addBuffer(Buffer.from(text), name, { mode: 0o100000 | mode });
  }
  zip.end();
  return (await buffer(zip.outputStream as unknown as AsyncIterable<Buffer>)) as Buffer<ArrayBuffer>;
}
