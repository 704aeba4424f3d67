/** Files whose language is in their name, not in its ending; Monaco knows the endings. */
const BY_NAME = new Map(
  Object.entries({
    ".bashrc": "shell",
    ".bash_profile": "shell",
    ".profile": "shell",
    ".env": "shell",
    ".gitignore": "shell",
    ".dockerignore": "shell",
    ".babelrc": "json",
    ".prettierrc": "json",
    "bun.lock": "json",
    Containerfile: "dockerfile",
    Gemfile: "ruby",
    Makefile: "shell",
    Procfile: "yaml",
    Rakefile: "ruby",
  }),
);

/** Endings that Monaco's own list lacks. */
const BY_ENDING = new Map(
  Object.entries({
    jsonl: "json",
    lock: "yaml",
    toml: "ini",
    cfg: "ini",
    conf: "ini",
    svg: "xml",
    vue: "html",
    svelte: "html",
    mts: "typescript",
    cts: "typescript",
  }),
);

/** The language to name to Monaco; undefined leaves it to Monaco, which goes by the ending and the first line. */
export function languageOf(name: string): string | undefined {
  const ending = name.slice(name.lastIndexOf(".") + 1);
  return BY_NAME.get(name) ?? (name.startsWith(".env.") ? "shell" : BY_ENDING.get(ending));
}
