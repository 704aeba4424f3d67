/** Whoever runs the seat's one browser; there is exactly one, or none. */
export interface Owner {
  /** Resolves once there is a picture of the browser behind the screen's socket. @throws Problem when it doesn't come */
  shown(): Promise<void>;
  /** Where the browser speaks CDP on the seat's own localhost, once it is up. @throws Problem when it isn't */
  debuggingPort(): Promise<number>;
  /**
   * Ends the browser, also one that hangs, and starts it again on the same screen with the same profile: resolves once the new one is up.
   * Its pages are gone. @throws Problem UNAVAILABLE when it doesn't come up
   */
  renewBrowser(): Promise<void>;
  /** It ended, by whomever. */
  readonly ended: Promise<void>;
  /** Resolves once none of its programs is left. Safe to repeat. */
  end(): Promise<void>;
}
