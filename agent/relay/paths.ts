/** What is asked for: `messages` is what costs money. */
export type Asked = "messages" | "count" | "models" | "hello";

/** All of the API that the CLI uses; matched by method and path, whatever the query says. */
const CALLS: readonly (readonly [method: string, path: string, asked: Asked])[] = [
  ["POST", "/v1/messages", "messages"],
  ["POST", "/v1/messages/count_tokens", "count"],
  ["GET", "/v1/models", "models"],
  ["HEAD", "/api/hello", "hello"],
];

/** Undefined: it isn't relayed. Paths count as they are sent, not as somebody further on may read them. */
export const askedOf = (method: string, pathname: string): Asked | undefined =>
  CALLS.find(([ofCall, path]) => ofCall === method && path === pathname)?.[2];
