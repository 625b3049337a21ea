/**
 * Plays a recording while it grows, without a gap, and knows what is heard at this moment.
 *
 * Pieces are scheduled one after another, some seconds ahead. An AudioWorklet would do it with less, but
 * exists only on https and localhost, and this page is to be used from another machine too.
 */

import { RATE } from "./recording.js";

const AHEAD = 2.5; // s scheduled: the timers of a hidden tab may come once a second
const PIECE = 0.5 * RATE;
const LEAD = 0.02; // s from scheduling to sound
const REFILL = 0.3; // s that are waited for after the sound ran dry
const HELD = 2000; // ms in which a browser that may sound does
const FADE = 0.008; // s: sound that is cut off at once clicks

export class Player extends EventTarget {
  underruns = 0;
  playing = false;
  #context = null;
  #gain = null;
  #sources = new Set();
  #recording = null;
  #next = 0; // sample, the first that is not scheduled
  #origin = null; // { time, sample }: this sample sounds at this time of the context
  #position = 0; // s, when not playing
  #timer = 0;
  #asked = 0; // ms, when the browser was first given something to play
  #begun = false; // whether it does

  /** Call it while the user's click or key is being handled: only then may a page sound. */
  unlock() {
    if (!this.#context) {
      this.#context = newContext();
      this.#context.onstatechange = () => this.feed();
    }
    if (this.#context.state !== "running") this.#context.resume();
  }

  /** Events: "begin" (detail: performance.now() at the first sound), "end"; "held" if the browser keeps silent. */
  play(recording, from = 0) {
    this.stop();
    this.#recording = recording;
    this.#next = Math.min(Math.floor(from * RATE), recording.length);
    this.#position = this.#next / RATE;
    this.underruns = 0;
    this.playing = true;
    this.#asked = 0;
    this.#begun = false;
    this.#gain = new GainNode(this.#context);
    this.#gain.connect(this.#context.destination);
    this.#timer = setInterval(() => this.feed(), 100);
    this.feed();
  }

  stop() {
    if (!this.playing) return;
    this.#position = this.position;
    this.playing = false;
    this.#origin = null;
    clearInterval(this.#timer);
    this.#gain.gain.setTargetAtTime(0, this.#context.currentTime, FADE / 4);
    for (const source of this.#sources) source.stop(this.#context.currentTime + FADE);
    this.#sources.clear();
  }

  /** Be silent, at this place. */
  rest(seconds) {
    this.stop();
    this.#position = seconds;
  }

  /** Seconds of the recording that are heard by now. */
  get position() {
    if (!this.#origin) return this.#position;
    const at = this.#origin.sample / RATE + this.#heard - this.#origin.time;
    this.#position = Math.min(Math.max(at, this.#position), this.#next / RATE);
    return this.#position;
  }

  /** The time of the context that has come to the ear. */
  get #heard() {
    const { currentTime, outputLatency, baseLatency } = this.#context;
    return currentTime - (outputLatency || baseLatency || 0);
  }

  /** Schedule what has come. */
  feed() {
    if (!this.playing) return;
    if (this.#recording.length && !this.#begun) this.#await();
    if (this.#context.state !== "running") return;
    const left = this.#recording.length - this.#next;
    if (this.#origin && this.#due <= this.#context.currentTime) this.#runDry(left);
    if (!this.#origin && this.playing) this.#set(left);
    if (this.#origin) this.#schedule();
  }

  get #due() {
    return this.#origin.time + (this.#next - this.#origin.sample) / RATE;
  }

  #runDry(left) {
    if (this.#recording.complete && !left) return this.#begun && this.#end();
    this.#position = this.#next / RATE;
    this.#origin = null;
    this.underruns++;
    return undefined;
  }

  /** Begin, or go on after the sound ran dry: then not before there is enough again. */
  #set(left) {
    const { complete } = this.#recording;
    if (!left) return complete && this.#end();
    if (this.underruns && !complete && left < REFILL * RATE) return undefined;
    const now = this.#context.currentTime;
    this.#origin = { time: now + LEAD, sample: this.#next };
    return this.#begun || this.#listen();
  }

  /** A device that is asleep takes its time, in which the context says that it runs and its clock stands. */
  #listen() {
    if (!this.#origin || this.#begun) return;
    const sounding = this.#heard - this.#origin.time;
    if (sounding < 0) {
      setTimeout(() => this.#listen(), 8);
      return;
    }
    this.#begun = true;
    this.#tell("begin", performance.now() - 1000 * sounding);
  }

  #await() {
    const now = performance.now();
    this.#asked ||= now;
    if (now > this.#asked + HELD) this.#tell("held");
  }

  #schedule() {
    while (this.#next < this.#recording.length && this.#due < this.#context.currentTime + AHEAD) {
      const samples = new Float32Array(Math.min(PIECE, this.#recording.length - this.#next));
      this.#recording.read(this.#next, samples);
      this.#start(samples, this.#due);
      this.#next += samples.length;
    }
  }

  #start(samples, time) {
    const buffer = new AudioBuffer({ length: samples.length, sampleRate: RATE });
    buffer.copyToChannel(samples, 0);
    const source = new AudioBufferSourceNode(this.#context, { buffer });
    source.connect(this.#gain);
    source.onended = () => this.#sources.delete(source);
    source.start(time);
    this.#sources.add(source);
  }

  #end() {
    this.stop();
    this.#position = this.#recording.seconds;
    this.#tell("end");
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

function newContext() {
  try {
    return new AudioContext({ sampleRate: RATE, latencyHint: "interactive" });
  } catch {
    return new AudioContext({ latencyHint: "interactive" }); // pieces are resampled one by one
  }
}
