/** One text that is spoken: it goes out as it is written, its sound comes in, and the server hears what was played. */

import { Recording } from "./recording.js";
import { SpeechSocket } from "./socket.js";
import { Words } from "./words.js";

const REPORT = 250; // ms

export class Talk {
  recording = new Recording();
  words = new Words();
  text = "";
  whole = false; // all of it was made
  #player;
  #told;
  #abort = new AbortController();
  #socket;
  #reports = 0;
  #played = 0;

  /** how: { voice, speed }. told: { text(delta), done(figures), trouble(error) }. */
  constructor(how, player, told) {
    this.how = how;
    this.#player = player;
    this.#told = told;
    this.#socket = new SpeechSocket({
      audio: (buffer) => this.#hear(buffer),
      message: (message) => this.#heed(message),
      trouble: (error) => this.#fail(error),
    });
  }

  /** deltasFor: signal → an iterable of strings, or a promise of one. */
  async speak(deltasFor) {
    try {
      const [deltas] = await Promise.all([deltasFor(this.#abort.signal), this.#socket.open()]);
      if (this.#abort.signal.aborted) return this.#socket.close();
      this.#begin();
      for await (const delta of deltas) this.#write(delta);
    } catch (error) {
      if (this.#abort.signal.aborted) return this.#socket.close();
      if (!this.text) return this.#fail(error);
      this.#told.trouble(error); // what was written before is spoken all the same
    }
    return this.#socket.send({ type: "end" });
  }

  /** Nothing more is to come. */
  cancel() {
    this.#abort.abort();
    this.#report();
    if (!this.recording.complete) this.#socket.send({ type: "cancel" });
    else this.#socket.close();
    this.#finish();
  }

  /** The last of it was played. */
  close() {
    this.#report();
    this.#socket.close();
    clearInterval(this.#reports);
  }

  #begin() {
    this.#socket.send({ type: "config", response_format: "pcm", ...this.how });
    this.#player.play(this.recording);
    this.#reports = setInterval(() => this.#report(), REPORT);
  }

  #write(delta) {
    this.text += delta;
    this.#socket.send({ type: "text", text: delta });
    this.#told.text(delta);
  }

  #hear(buffer) {
    if (this.recording.complete) return;
    this.recording.append(buffer);
    this.#player.feed();
  }

  #heed(message) {
    if (message.type === "audio.done") return this.#done(message);
    if (!this.recording.complete) this.words.heed(message);
    return undefined;
  }

  #done(figures) {
    this.whole = figures.reason === "finished";
    if (!this.whole) this.#socket.close();
    this.recording.complete = true;
    this.#told.done(figures);
  }

  #fail(error) {
    this.#abort.abort();
    this.#socket.close();
    this.#finish();
    this.#told.trouble(error);
  }

  #finish() {
    this.recording.complete = true;
    clearInterval(this.#reports);
  }

  #report() {
    const played = this.#player.position;
    if (played <= this.#played) return;
    this.#played = played;
    this.#socket.send({ type: "played", seconds: played });
  }
}
