const LENGTH = /^\d{1,15}$/;

/** The bytes of a call's body as its client announced them; undefined: in chunks, or by what is no number. Said twice it is "5, 5", which Bun reads as 5. */
export function bodyLength(headers: Headers): number | undefined {
  const length = headers.get("content-length") ?? "";
  return LENGTH.test(length) && !headers.has("transfer-encoding") ? Number(length) : undefined;
}
