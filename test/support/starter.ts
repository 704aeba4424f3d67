import { buffer } from "node:stream/consumers";
import tar from "tar-stream";
import { ZipFile } from "yazl";

/** A small starter archive of two files, as an instructor would drop it on the form. */
export async function starterZip(): Promise<Buffer> {
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from("# Data by hand\n"), "README.md");
  zip.addBuffer(Buffer.from("plant,days\nfern,4\n"), "data/plants.csv");
  zip.end();
  return buffer(zip.outputStream as unknown as AsyncIterable<Buffer>);
}

/** One whose only entry would lie beside the workspace, as no packing program makes it. */
export async function evilZip(): Promise<Buffer> {
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from("x"), "aa/evil.txt");
  zip.end();
  const bytes = await buffer(zip.outputStream as unknown as AsyncIterable<Buffer>);
  return Buffer.from(bytes.toString("latin1").replaceAll("aa/evil", "../evil"), "latin1");
}

/** The same two files as `starterZip`, as `tar` packs them. */
export async function starterTar(): Promise<Buffer> {
  const pack = tar.pack();
  pack.entry({ name: "data/", type: "directory" });
  pack.entry({ name: "README.md" }, "# Data by hand\n");
  pack.entry({ name: "data/plants.csv" }, "plant,days\nfern,4\n");
  pack.finalize();
  return buffer(pack as unknown as AsyncIterable<Buffer>);
}

/** A file stands where the next entry needs a directory: only unpacking it finds out. */
export async function clashingTar(): Promise<Uint8Array<ArrayBuffer>> {
  const pack = tar.pack();
  pack.entry({ name: "a" }, "x");
  pack.entry({ name: "a/b" }, "y");
  pack.finalize();
  return new Uint8Array(await buffer(pack as unknown as AsyncIterable<Buffer>));
}
