import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { BuiltFile, Manifest } from "../views/assets.ts";
import { packageOf, packagesIn } from "./packages-in.ts";

const root = new URL("..", import.meta.url).pathname;
const OUT = `${root}dist/assets`;
const MANIFEST = `${OUT}/manifest.json`;
/** Packages that the assets are made of, for `licences.ts`. */
const PACKAGES = `${root}dist/packages.json`;
const CACHE = `${root}.cache/assets`;

/** Scripts that pages load as modules; pieces shared by them become chunks. */
const MODULES = ["workspace/workspace", "portal/portal", "join/join", "check/check"];
/** Plain scripts: one that runs before the first paint, and a service worker. */
const PLAIN = ["shared/theme-boot", "workspace/gone-worker"];
/**
 * Libraries served as they are published. htmx and its extension are one file: htmx looks at the page as soon as its own script has run,
 * and an extension that is still on the way is too late, so that a live page would stay still.
 */
const AS_PUBLISHED: Record<string, readonly string[]> = {
  "xterm.css": ["node_modules/@xterm/xterm/css/xterm.css"],
  "htmx.js": ["node_modules/htmx.org/dist/htmx.min.js", "node_modules/htmx.org/dist/ext/hx-sse.min.js"],
};
const EDITOR = "views/client/workspace/editor/monaco.ts";
const MONACO = `${root}node_modules/monaco-editor/esm/vs`;
const EDITOR_WORKERS: Record<string, string> = {
  "editor.worker": `${MONACO}/editor/editor.worker.js`,
  "ts.worker": `${MONACO}/language/typescript/ts.worker.js`,
  "json.worker": `${MONACO}/language/json/json.worker.js`,
  "css.worker": `${MONACO}/language/css/css.worker.js`,
  "html.worker": `${MONACO}/language/html/html.worker.js`,
};

/** Brotli's best costs 1 s for each 500 kB; the editor's files are 15 MB. */
const BEST_UP_TO = 1024 * 1024;

const TYPES: Record<string, string> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  html: "text/html; charset=utf-8",
  ttf: "font/ttf",
};

/** One file on its way out; `file` is its name in the folder. */
interface Made {
  name: string;
  file: string;
  bytes: Uint8Array<ArrayBuffer>;
}

const started = performance.now();
await mkdir(OUT, { recursive: true });
await mkdir(CACHE, { recursive: true });
const packages = new Set(Object.values(AS_PUBLISHED).flatMap((paths) => paths.flatMap(packageOf)));
const assets = (await Promise.all([modules(), plain(), published(), styles(), editor()])).flat();
const before = await Bun.file(MANIFEST)
  .text()
  .catch(() => "");
const manifest: Manifest = { assets: await put(assets), documents: {} };
await write(manifest);
// Pages ask for the addresses of assets while they are rendered, so the manifest has to be there before them.
manifest.documents = await put(await documents());
await write(manifest);
await writeWhole(PACKAGES, new TextEncoder().encode(JSON.stringify([...packages].sort())));
await clear(manifest);
// Whoever starts a class has nothing to read where nothing changed.
if (JSON.stringify(manifest) !== before)
  console.log(`dist/assets: ${assets.length} files in ${((performance.now() - started) / 1000).toFixed(1)} s`);

async function modules(): Promise<Made[]> {
  return bundle({ entrypoints: MODULES.map(script), splitting: true, format: "esm" });
}

async function plain(): Promise<Made[]> {
  return bundle({ entrypoints: PLAIN.map(script), format: "iife" });
}

function script(name: string): string {
  return `${root}views/client/${name}.ts`;
}

async function bundle(options: Omit<Bun.BuildConfig, "outdir">, used = packages): Promise<Made[]> {
  const built = await Bun.build({
    target: "browser",
    minify: true,
    naming: "[name]-[hash].[ext]",
    loader: { ".ttf": "file" },
    metafile: true,
    root,
    ...options,
  });
  for (const name of packagesIn(built.metafile)) used.add(name);
  // A style beside a chunk is the entry's once more.
  const outputs = built.outputs.filter(({ path }) => !/chunk-[^/]*\.css$/.test(path));
  return Promise.all(
    outputs.map(async (output) => {
      const file = output.path.replace(/^.*\//, "");
      const own = output.kind === "entry-point" || file.endsWith(".css");
      return {
        name: own ? file.replace(/-[^-.]+(\.\w+)$/, "$1") : file,
        file,
        bytes: new Uint8Array(await output.arrayBuffer()),
      };
    }),
  );
}

async function published(): Promise<Made[]> {
  return Promise.all(
    Object.entries(AS_PUBLISHED).map(async ([name, paths]) => {
      const texts = await Promise.all(paths.map((path) => Bun.file(root + path).text()));
      return named(name, new TextEncoder().encode(texts.join("\n")));
    }),
  );
}

async function styles(): Promise<Made[]> {
  const names = await readdir(`${root}views/public`);
  return Promise.all(names.sort().map(async (name) => named(name, await Bun.file(`${root}views/public/${name}`).bytes())));
}

function named(name: string, bytes: Uint8Array<ArrayBuffer>): Made {
  const dot = name.lastIndexOf(".");
  return { name, file: `${name.slice(0, dot)}-${digest(bytes)}${name.slice(dot)}`, bytes };
}

function digest(bytes: Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(bytes).digest("hex").slice(0, 12);
}

/** Bundling Monaco takes longer than all the rest; its result is kept by what goes into it. */
async function editor(): Promise<Made[]> {
  const entry = `${root}${EDITOR}`;
  const version = await Bun.file(`${root}node_modules/monaco-editor/package.json`).text();
  const self = await Bun.file(import.meta.path).text();
  const key = digest(new TextEncoder().encode([version, await Bun.file(entry).text(), self, Bun.version].join("\0")));
  const kept = `${CACHE}/editor-${key}`;
  if (!(await stat(kept).catch(() => undefined))) await makeEditor(entry, kept);
  for (const name of (await Bun.file(`${kept}/packages.json`).json()) as string[]) packages.add(name);
  const names = (await Bun.file(`${kept}/names.json`).json()) as Record<string, string>;
  return Promise.all(
    Object.entries(names).map(async ([file, name]) => ({ name, file, bytes: await Bun.file(`${kept}/${file}`).bytes() })),
  );
}

async function makeEditor(entry: string, folder: string): Promise<void> {
  const used = new Set<string>();
  const made = await bundle({ entrypoints: [entry], splitting: true, format: "esm" }, used);
  for (const [name, path] of Object.entries(EDITOR_WORKERS)) {
    const [worker] = await bundle({ entrypoints: [path], format: "iife" }, used);
    if (worker) made.push(named(`${name}.js`, worker.bytes));
  }
  const unfinished = `${folder}.new`;
  await rm(unfinished, { recursive: true, force: true });
  for (const { file, bytes } of made) await Bun.write(`${unfinished}/${file}`, bytes);
  await Bun.write(`${unfinished}/names.json`, JSON.stringify(Object.fromEntries(made.map(({ file, name }) => [file, name]))));
  await Bun.write(`${unfinished}/packages.json`, JSON.stringify([...used]));
  await rename(unfinished, folder);
}

async function documents(): Promise<Made[]> {
  const { renderWorkspace } = await import("../views/pages/workspace.tsx");
  return [named("workspace.html", new TextEncoder().encode(renderWorkspace()))];
}

/** Compresses what isn't in the cache yet and lays both forms into the folder. */
async function put(made: Made[]): Promise<Record<string, BuiltFile>> {
  await Promise.all(made.map(async ({ file, bytes }) => Promise.all([pack(file, bytes, "br"), pack(file, bytes, "gz")])));
  return Object.fromEntries(made.map(({ name, file }) => [name.replace(/\.html$/, ""), { file, type: typeOf(file) }]));
}

async function pack(file: string, bytes: Uint8Array<ArrayBuffer>, form: "br" | "gz"): Promise<void> {
  const kept = `${CACHE}/${digest(bytes)}.${form}`;
  if (!(await Bun.file(kept).exists())) await writeWhole(kept, await compress(bytes, form));
  await writeWhole(`${OUT}/${file}.${form}`, await Bun.file(kept).bytes());
}

function compress(bytes: Uint8Array, form: "br" | "gz"): Promise<Buffer<ArrayBuffer>> {
  if (form === "gz") return promisify(gzip)(bytes, { level: 9 });
  const quality = bytes.length > BEST_UP_TO ? 5 : 11;
  return promisify<Uint8Array, object, Buffer<ArrayBuffer>>(brotliCompress)(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
}

function typeOf(file: string): string {
  return TYPES[file.slice(file.lastIndexOf(".") + 1)] ?? "application/octet-stream";
}

async function write(value: Manifest): Promise<void> {
  await writeWhole(MANIFEST, new TextEncoder().encode(JSON.stringify(value)));
}

/** A server may be reading the folder meanwhile. */
async function writeWhole(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  await Bun.write(`${path}.new`, bytes);
  await rename(`${path}.new`, path);
}

/** What an earlier build left behind. */
async function clear({ assets, documents }: Manifest): Promise<void> {
  const wanted = new Set(
    [...Object.values(assets), ...Object.values(documents)].flatMap(({ file }) => [`${file}.br`, `${file}.gz`]),
  );
  for (const name of await readdir(OUT)) if (!wanted.has(name) && name !== "manifest.json") await rm(`${OUT}/${name}`);
}
