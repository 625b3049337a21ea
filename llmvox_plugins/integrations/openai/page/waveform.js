/** Draws a recording, and how far it is heard. Its scale follows what has come. */

import { RATE, STRETCH } from "./recording.js";

const STEP = 4; // px from bar to bar
const LEAST = 6; // s that are shown of the shortest
const LOUD = 0.05; // what is softer throughout is drawn as soft as it is
const ROOM = 1.15; // of what has come, while more may come
const still = matchMedia("(prefers-reduced-motion: reduce)");
const dark = matchMedia("(prefers-color-scheme: dark)");

export class Waveform {
  span = LEAST; // s from edge to edge
  #canvas;
  #ink;
  #drawn = "";

  constructor(canvas) {
    this.#canvas = canvas;
    this.#mix();
    dark.addEventListener("change", () => this.#mix());
    new ResizeObserver(() => this.#fit()).observe(canvas);
    this.#fit();
  }

  /** Draw anew what has changed; returns whether it is still moving by itself. */
  draw(recording, position) {
    const goal = recording.complete && recording.length ? recording.seconds : Math.max(LEAST, ROOM * recording.seconds);
    const far = Math.abs(goal - this.span) > goal / 1000;
    this.span = far && !still.matches ? this.span + (goal - this.span) / 6 : goal;
    const state = `${recording.length} ${this.span} ${position}`;
    if (state !== this.#drawn) this.#paint(recording, position);
    this.#drawn = state;
    return far;
  }

  #fit() {
    const scale = devicePixelRatio || 1;
    const { clientWidth, clientHeight } = this.#canvas;
    this.#canvas.width = Math.round(clientWidth * scale);
    this.#canvas.height = Math.round(clientHeight * scale);
    this.#canvas.getContext("2d").setTransform(scale, 0, 0, scale, 0, 0);
    this.#drawn = "";
    this.#canvas.dispatchEvent(new Event("stale"));
  }

  #mix() {
    const style = getComputedStyle(document.documentElement);
    const [heard, coming, none] = ["--accent", "--edge", "--line"].map((name) => style.getPropertyValue(name));
    this.#ink = { heard, coming, none };
    this.#drawn = "";
    this.#canvas.dispatchEvent(new Event("stale"));
  }

  #paint(recording, position) {
    const paper = this.#canvas.getContext("2d");
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    paper.clearRect(0, 0, width, height);
    const loudest = loudness(recording, 0, recording.length);
    for (let x = 0; x + 2 <= width; x += STEP) {
      const second = x / width * this.span;
      const level = loudness(recording, second * RATE, (x + STEP) / width * this.span * RATE);
      const tall = level / Math.max(loudest, LOUD);
      paper.fillStyle = second >= recording.seconds ? this.#ink.none : second <= position ? this.#ink.heard : this.#ink.coming;
      bar(paper, x, height / 2, Math.max(2, tall * (height - 8)));
    }
    paper.fillStyle = this.#ink.heard;
    if (recording.length) paper.fillRect(Math.min(position / this.span * width, width - 2), 0, 2, height);
  }
}

function loudness({ levels, length }, begin, end) {
  let loud = 0;
  const last = Math.min(end, length) / STRETCH;
  for (let at = Math.floor(begin / STRETCH); at < last; at++) loud = Math.max(loud, levels[at]);
  return loud;
}

function bar(paper, x, middle, tall) {
  paper.beginPath();
  paper.roundRect(x, middle - tall / 2, 2, tall, 1);
  paper.fill();
}
