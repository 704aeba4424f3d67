export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Saved facts of whoever uses the engine: small, by key. */
export interface Memory {
  get(key: string): Json | undefined;
  /** Undefined removes it. */
  set(key: string, value: Json | undefined): void;
  keys(prefix: string): string[];
}
