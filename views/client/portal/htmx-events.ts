/** What htmx's own events carry, as far as pages look at it. */
export interface Connection {
  /** Of the answer that is being read. */
  reader: ReadableStreamDefaultReader | null;
}

export type StreamEvent = CustomEvent<{ connection: Connection }>;
export type StreamMessage = CustomEvent<{ message: { event: string } }>;
export type StreamError = CustomEvent<{ status?: number }>;
export type ResponseError = CustomEvent<{ ctx: { response: { status: number } } }>;
