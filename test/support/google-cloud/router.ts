import type { Handler, Route } from "./call.ts";

export interface Matched {
  handler: Handler;
  params: Record<string, string>;
}

/** Finds the handler of a call by method and path. `{name}` stands for one part without slash or colon. */
export function openRouter(routes: readonly Route[]): (method: string, path: string) => Matched | undefined {
  const known = routes.map(([method, pattern, handler]) => ({ method, pattern: expressionOf(pattern), handler }));
  return (method, path) => {
    for (const route of known) {
      const found = route.method === method && route.pattern.exec(path);
      if (found) return { handler: route.handler, params: decoded(found.groups ?? {}) };
    }
    return undefined;
  };
}

const expressionOf = (pattern: string): RegExp => new RegExp(`^${pattern.replaceAll(/\{(\w+)\}/g, "(?<$1>[^/:]+)")}$`);

const decoded = (groups: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, readable(value)]));

/** What isn't percent-encoded rightly is taken as it stands: it names nothing. */
function readable(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
