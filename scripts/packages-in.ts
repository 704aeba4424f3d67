/** `jose`, `@xterm/xterm`, `a/node_modules/b`: the package that a file is of; none for a file of ours. */
export const packageOf = (path: string): string[] => {
  const name = /(?:^|\/)node_modules\/((?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
  return name === undefined ? [] : [name];
};

/** The packages that a bundle was made of, by the bundler's own account. */
export function packagesIn(metafile: Bun.BuildMetafile | undefined): string[] {
  if (!metafile) throw new Error("the bundler gave no account of its inputs: ask it for `metafile`");
  return [...new Set(Object.keys(metafile.inputs).flatMap(packageOf))];
}
