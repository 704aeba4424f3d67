const root = new URL("../..", import.meta.url).pathname;

const STYLES = [
  "views/public/tokens.css",
  "views/public/base.css",
  "views/public/workspace.css",
  "node_modules/@xterm/xterm/css/xterm.css",
];

const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Terminal</title><link rel="stylesheet" href="/page.css">
<body><section class="pane term" style="position:fixed;inset:0"><div class="terminals"><div class="terminal-host" id="host"></div></div>
<div class="keys" id="keys" style="display:flex"></div></section><script type="module" src="/page.js"></script></body></html>`;

/** The terminal alone on a page, bundled as the product bundles it. */
export async function terminalPage(): Promise<(request: Request) => Response> {
  const built = await Bun.build({ entrypoints: [`${root}test/fixtures/terminal-page.ts`], target: "browser", format: "esm" });
  const script = await built.outputs[0]?.text();
  const styles = (await Promise.all(STYLES.map((path) => Bun.file(root + path).text()))).join("\n");
  return (request) => {
    const { pathname } = new URL(request.url);
    const answer = (body: string | undefined, type: string) =>
      new Response(body ?? "", { headers: { "content-type": `${type}; charset=utf-8` } });
    if (pathname === "/") return answer(PAGE, "text/html");
    if (pathname === "/page.js") return answer(script, "text/javascript");
    if (pathname === "/page.css") return answer(styles, "text/css");
    return new Response("not found", { status: 404 });
  };
}
