/** What pebble can't do: each order is refused until then. `orders`: hosts that were asked for. */
export function startMiser(detail: string, retryAfter?: string) {
  const orders: string[] = [];
  const headers = { "replay-nonce": "n", "content-type": "application/problem+json" };
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: async (request) => {
      const base = new URL(request.url).origin;
      const path = new URL(request.url).pathname;
      if (path === "/dir")
        return Response.json({ newNonce: `${base}/nonce`, newAccount: `${base}/account`, newOrder: `${base}/order` });
      if (path === "/nonce") return new Response(null, { headers });
      if (path === "/account") return Response.json({}, { status: 201, headers: { ...headers, location: `${base}/account/1` } });
      const { payload } = (await request.json()) as { payload: string };
      orders.push(JSON.parse(Buffer.from(payload, "base64url").toString()).identifiers[0].value);
      const type = "urn:ietf:params:acme:error:rateLimited";
      return Response.json(
        { type, detail },
        { status: 429, headers: { ...headers, ...(retryAfter && { "retry-after": retryAfter }) } },
      );
    },
  });
  return { directory: `http://127.0.0.1:${server.port}/dir`, orders, end: () => server.stop(true) };
}
