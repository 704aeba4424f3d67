/** A connection that couldn't be made. */
export interface Refused {
  plug: string;
  /** For people. */
  why: string;
}

export const notConnected = (plug: string, why: string): Refused => ({ plug, why: `${plug} isn't connected: ${why}` });
