/** Requests to this server: with the key, if there is one; what goes wrong is a Trouble, in plain words. */

import { askForKey, storedKey } from "./key.js";

export class Trouble extends Error {
  /** status: as in HTTP, 0 if no answer came; code: a word for programs. */
  constructor(message, { status = 0, code = null } = {}) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const UNREACHABLE = "The server cannot be reached. Is it still running?";

/** An address of the server, from wherever this page is served. */
export const address = (path) => new URL(path, document.baseURI);

/** The answer to a GET, or to a POST of `body`. Asks for a key where one is wanted. */
export async function request(path, body, signal) {
  let response = await send(path, body, signal);
  while (response.status === 401) {
    const refused = storedKey() !== null;
    if (!await askForKey(refused)) throw new Trouble("This server asks for a key.", { status: 401 });
    response = await send(path, body, signal);
  }
  if (!response.ok) throw await troubleOf(response);
  return response;
}

/** What an error envelope says, in plain words. */
export function troubleFrom(error, status = 0) {
  const busy = status === 429 || status === 503 || error?.type === "rate_limit_error";
  const message = sentence(error?.message || "The server gave no reason.");
  return new Trouble(busy ? `The server is busy. Try again in a moment. ${message}` : message, { status, code: error?.code });
}

async function send(path, body, signal) {
  const headers = { "x-llmvox-aloud": "no" }; // what is said here is not to be said by the server as well
  if (storedKey() !== null) headers.authorization = `Bearer ${storedKey()}`;
  if (body !== undefined) headers["content-type"] = "application/json";
  const method = body === undefined ? "GET" : "POST";
  try {
    return await fetch(address(path), { method, headers, body: body && JSON.stringify(body), signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Trouble(UNREACHABLE);
  }
}

async function troubleOf(response) {
  let envelope = null;
  try {
    envelope = await response.json();
  } catch { /* not from this server, but from something before it */ }
  return troubleFrom(envelope?.error ?? { message: `The server answered with status ${response.status}.` }, response.status);
}

function sentence(text) {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/u.test(begun) ? begun : `${begun}.`;
}
