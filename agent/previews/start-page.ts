const HTML = `<!doctype html><title>Your browser</title><meta name=color-scheme content="light dark">
<body style="font:18px/1.6 system-ui,sans-serif;max-width:34em;margin:12vh auto;padding:0 1em">
<h1 style="font-size:1.6em;font-weight:600">This is your browser</h1>
<p>It runs on your seat. A server that you start in the terminal, say on port 3000, is at <b>http://localhost:3000</b> here.
<p>Programs drive it through the address in <code>CLARATEACH_CDP_URL</code>, and you see what they do.`;

/** What a new browser shows: no file and no network needed. */
export const START_PAGE = `data:text/html;charset=utf-8,${encodeURIComponent(HTML.replaceAll("\n", ""))}`;
