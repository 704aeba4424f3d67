import { accessSync, constants, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { digestOf } from "./people/digest.ts";

/** All settings, read once. Nothing else reads the environment. */
export interface Config {
  port: number;
  /** Address to listen on. */
  host: string;
  /** The public address, without a slash at the end: links, QR, Origin, `iss` of tokens. */
  url: string;
  /** Directory of the database, secrets, machines, starter files and archives. */
  data: string;
  /** sha256 of the API token; the token itself isn't kept. */
  apiTokenDigest?: string;
}

/** A setting that can't work. Its message is one sentence for the terminal. */
export class SettingProblem extends Error {
  override readonly name = "SettingProblem";
}

/** Shorter ones can be guessed. */
const API_TOKEN_LEAST = 16;

/** @throws SettingProblem */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const port = readPort(env.PORT || "3000");
  const host = env.HOST || "127.0.0.1";
  const url = readUrl(env.CLARATEACH_URL || `http://localhost:${port}`);
  const data = readDirectory(env.CLARATEACH_DATA || defaultDirectory(env));
  const token = env.CLARATEACH_API_TOKEN;
  return { port, host, url, data, ...(token ? { apiTokenDigest: readToken(token) } : {}) };
}

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65535) return port;
  throw new SettingProblem(`PORT is "${text}"; set it to a number from 1 to 65535.`);
}

function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url && /^https?:$/.test(url.protocol) && url.pathname === "/" && !url.search && !url.hash && !url.username;
  if (plain) return url.origin;
  throw new SettingProblem(`CLARATEACH_URL is "${text}"; set it to the public address alone, like https://class.example.org.`);
}

function defaultDirectory(env: Readonly<Record<string, string | undefined>>): string {
  const base = env.XDG_DATA_HOME || (env.HOME ? join(env.HOME, ".local", "share") : undefined);
  if (base) return join(base, "clarateach");
  throw new SettingProblem("CLARATEACH_DATA isn't set and there is no HOME; set it to a directory that may be written.");
}

function readDirectory(text: string): string {
  const path = resolve(text);
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return path;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SettingProblem(`The data directory "${path}" can't be written (${why}); set CLARATEACH_DATA to one that can.`, {
      cause,
    });
  }
}

function readToken(token: string): string {
  if (token.length >= API_TOKEN_LEAST && /^[\x21-\x7e]+$/.test(token)) return digestOf(token);
  throw new SettingProblem(
    `CLARATEACH_API_TOKEN has ${token.length} characters; use at least ${API_TOKEN_LEAST}, without spaces (openssl rand -hex 24 makes one).`,
  );
}
