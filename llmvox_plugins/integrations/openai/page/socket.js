/** The WebSocket on which one text is written and its audio comes back. */

import { Trouble, UNREACHABLE, address, request, troubleFrom } from "./api.js";
import { storedKey } from "./key.js";

const BUSY = 1013;

export class SpeechSocket {
  #socket = null;
  #heard;
  #closed = false;

  /** heard: { audio(buffer), message(data), trouble(error) }; after a trouble nothing more comes. */
  constructor(heard) {
    this.#heard = heard;
  }

  /** Asks for a key where one is wanted. */
  async open() {
    this.#socket = await connect();
    if (this.#closed) return this.#socket.close();
    this.#socket.onmessage = ({ data }) => this.#receive(data);
    this.#socket.onclose = ({ code }) => this.#fail(code === BUSY
      ? new Trouble("The server is busy. Try again in a moment.", { status: 429 })
      : new Trouble("The connection to the server was lost."));
    return undefined;
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  send(message) {
    if (this.isOpen) this.#socket.send(JSON.stringify(message));
  }

  close() {
    this.#closed = true;
    if (!this.#socket) return;
    this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
  }

  #receive(data) {
    if (typeof data !== "string") return this.#heard.audio(data);
    const message = JSON.parse(data);
    return message.type === "error" ? this.#fail(troubleFrom(message.error)) : this.#heard.message(message);
  }

  #fail(trouble) {
    this.close();
    this.#heard.trouble(trouble);
  }
}

/** A browser does not tell why a handshake failed: an ordinary request does, and asks for the key. */
async function connect() {
  const first = await attempt();
  if (first) return first;
  await request("v1/audio/voices");
  const second = await attempt();
  if (second) return second;
  throw new Trouble(`${UNREACHABLE} It answers, but opens no WebSocket.`);
}

function attempt() {
  const url = address("v1/audio/speech/stream");
  url.protocol = url.protocol.replace("http", "ws");
  const key = storedKey();
  const socket = new WebSocket(url, key === null ? ["llmvox"] : ["llmvox", `llmvox-api-key.${key}`]);
  socket.binaryType = "arraybuffer";
  return new Promise((resolve) => {
    socket.onopen = () => resolve(socket);
    socket.onerror = () => resolve(null);
  });
}
