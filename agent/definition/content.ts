import { createHash } from "node:crypto";
import { type TreeEntry, treeDigest } from "./digest.ts";

/** A package of npm's registry, exactly this one. */
export interface PinnedPackage {
  /** `@playwright/mcp` */
  name: string;
  version: string;
  /** As the registry has it: `sha512-` and base64. */
  integrity: string;
  /** Of the packed file: no more is read, and progress is shown of it. */
  bytes: number;
  /** Missing: for any. As `process.arch` has it. */
  arch?: "x64" | "arm64";
  /** Directory of the SDK's tree; the packed file's own first directory is left out. */
  into: string;
}

export interface SdkFile {
  /** From the SDK's directory on, with slashes, none at either end. */
  path: string;
  /** Permission bits; whether it is executable counts. */
  mode: number;
  content: string | Uint8Array;
}

/** Symbolic, made by us. */
export interface SdkLink {
  path: string;
  /** Relative, and within the SDK's directory. */
  target: string;
}

/** All that an SDK's directory is made of. Files and links are written over what packages bring. */
export interface SdkContent {
  /** Without its prefix. */
  name: string;
  /** `sdk.yaml`, `hooks/…`, what else it brings. */
  files: readonly SdkFile[];
  links: readonly SdkLink[];
  packages: readonly PinnedPackage[];
}

/** What it takes from npm on this kind of processor. */
export const packagesFor = ({ packages }: SdkContent, arch: string = process.arch): PinnedPackage[] =>
  packages.filter((one) => one.arch === undefined || one.arch === arch);

/** Raised when the same content is laid out otherwise: directories made before are not used again. */
const LAYOUT = 1;

/** Known before anything is fetched (sha256, hex): equal where the directory will be equal. */
export function contentDigest(content: SdkContent, arch: string = process.arch): string {
  const files = content.files.map(({ path, mode, content: of }): TreeEntry => ({ path, mode, type: "file", digest: sha256(of) }));
  const links = content.links.map(({ path, target }): TreeEntry => ({ path, mode: 0o777, type: "symlink", target }));
  const packages = packagesFor(content, arch).map(({ name, version, integrity, into }) => [name, version, integrity, into]);
  return sha256(JSON.stringify([LAYOUT, treeDigest([...files, ...links]), packages]));
}

const sha256 = (content: string | Uint8Array): string => createHash("sha256").update(content).digest("hex");
