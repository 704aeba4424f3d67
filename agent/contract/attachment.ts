/** `Content-Disposition` of a download, RFC 6266: a plain name for old clients, the whole one percent-encoded (RFC 8187) for all others. */
export function attachment(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9._ -]/g, "_");
  const whole = encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${whole}`;
}
