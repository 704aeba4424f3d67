import { buffer } from "node:stream/consumers";
import { ZipFile } from "yazl";

/** A small starter archive, as an instructor would drop it on the form. */
export async function starterZip(): Promise<Buffer> {
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from("# Data by hand\n"), "README.md");
  zip.addBuffer(Buffer.from("plant,days\nfern,4\n"), "data/plants.csv");
  zip.end();
  return buffer(zip.outputStream as unknown as AsyncIterable<Buffer>);
}
