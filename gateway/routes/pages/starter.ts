/** Where a tar says so: the 257th byte of its first header. */
const TAR_MARK = { at: 257, bytes: [0x75, 0x73, 0x74, 0x61, 0x72] };
const ZIP = [0x50, 0x4b];
const GZIP = [0x1f, 0x8b];
const LOOK = TAR_MARK.at + TAR_MARK.bytes.length;

/** By its first bytes, not by its name: zip, tar or gzip. That it can be unpacked is for the machine to find out. */
export async function looksLikeArchive(file: Blob): Promise<boolean> {
  const head = new Uint8Array(await file.slice(0, LOOK).arrayBuffer());
  const has = (at: number, mark: number[]) => mark.every((byte, i) => head[at + i] === byte);
  return has(0, ZIP) || has(0, GZIP) || has(TAR_MARK.at, TAR_MARK.bytes);
}
