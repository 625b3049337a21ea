/**
 * The text that is read out, which may still grow, and the light on the word that is heard.
 *
 * The text is only ever put into text nodes, one for each of its lines, never one for each word: so a book's
 * chapter costs no more than a sentence. Words are lit from below, by rectangles; where the browser has
 * custom highlights, what was heard is in a darker ink.
 */

import { lastAtMost } from "./recording.js";

const REST = 4000; // ms after which the text follows the sound again, when the reader has scrolled
const heard = globalThis.Highlight && new Highlight();
if (heard) CSS.highlights.set("heard", heard);

export class Reading {
  length = 0;
  #box;
  #lines = []; // { begin, node }
  #pens = [];
  #lit = null; // { begin, end }
  #follows = 0; // ms, not before

  constructor(box) {
    this.#box = box;
    for (const type of ["wheel", "touchmove", "keydown"]) box.addEventListener(type, () => this.#rest(), { passive: true });
    new ResizeObserver(() => this.#lit && this.#draw()).observe(box);
  }

  clear(language) {
    this.#box.replaceChildren();
    this.#box.scrollTop = 0;
    this.#box.lang = language;
    this.#lines = [];
    this.#pens = [];
    this.length = this.#follows = 0;
    this.darken();
  }

  append(text) {
    for (const piece of text.split(/(?<=\n)/u)) {
      const last = this.#lines.at(-1)?.node;
      if (last && !last.data.endsWith("\n")) last.appendData(piece);
      else this.#begin(piece);
      this.length += piece.length;
    }
  }

  get text() {
    return this.#lines.map(({ node }) => node.data).join("");
  }

  /** Light a word, { begin, end }. */
  light(word) {
    if (this.#lit?.begin === word.begin && this.#lit.end === word.end) return;
    this.#lit = { begin: word.begin, end: Math.min(word.end, this.length) };
    heard?.clear();
    if (this.length) heard?.add(this.#range(0, this.#lit.end));
    this.#draw();
    this.#follow();
  }

  darken() {
    this.#lit = null;
    heard?.clear();
    for (const pen of this.#pens) pen.hidden = true;
  }

  /** The place in the text under a point of the window; null where there is none. */
  placeAt(x, y) {
    const found = caret(x, y);
    const line = found && this.#lines.find(({ node }) => node === found.node);
    return line ? line.begin + found.offset : null;
  }

  #begin(piece) {
    const node = document.createTextNode(piece);
    const line = document.createElement("div");
    line.dir = "auto";
    line.append(node);
    this.#box.append(line);
    this.#lines.push({ begin: this.length, node });
  }

  #range(begin, end) {
    const range = document.createRange();
    range.setStart(...this.#locate(begin));
    range.setEnd(...this.#locate(end, true));
    return range;
  }

  /** as an end, the border between two lines belongs to the first */
  #locate(place, isEnd = false) {
    const at = Math.max(0, lastAtMost(this.#lines, place - (isEnd && place > 0), ({ begin }) => begin));
    const { begin, node } = this.#lines[at];
    return [node, Math.min(place - begin, node.length)];
  }

  #draw() {
    if (!this.length) return;
    const home = this.#box.getBoundingClientRect();
    const rects = oneForEachLine(this.#range(this.#lit.begin, this.#lit.end).getClientRects());
    while (this.#pens.length < rects.length) this.#pens.push(this.#newPen());
    this.#pens.forEach((pen, i) => place(pen, rects[i], home, this.#box));
  }

  #newPen() {
    const pen = document.createElement("span");
    pen.className = "pen";
    pen.hidden = true;
    this.#box.append(pen);
    return pen;
  }

  /** Keep the word in the upper middle, where there is most text to come. */
  #follow() {
    const pen = this.#pens[0];
    if (!pen || pen.hidden || performance.now() < this.#follows) return;
    const home = this.#box.getBoundingClientRect();
    const from = Number(pen.dataset.top) - this.#box.scrollTop;
    if (from > 0.1 * home.height && from < 0.7 * home.height) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#box.scrollTo({ top: Number(pen.dataset.top) - home.height / 4, behavior: still ? "instant" : "smooth" });
  }

  #rest() {
    this.#follows = performance.now() + REST;
  }
}

/** A browser may give several to a line: for a space that hangs over its end, or where fonts change. */
function oneForEachLine(rects) {
  const lines = [];
  for (const { left, right, top, bottom } of rects) {
    const last = lines.at(-1);
    if (last && top < last.bottom - 1) Object.assign(last, { left: Math.min(left, last.left), right: Math.max(right, last.right) });
    else if (right > left) lines.push({ left, right, top, bottom });
  }
  return lines;
}

function place(pen, rect, home, box) {
  pen.hidden = !rect;
  if (!rect) return;
  const [x, y] = [rect.left - home.left + box.scrollLeft - 3, rect.top - home.top + box.scrollTop];
  pen.dataset.top = y;
  pen.style.transform = `translate(${x}px, ${y}px)`;
  pen.style.width = `${rect.right - rect.left + 6}px`;
  pen.style.height = `${rect.bottom - rect.top}px`;
}

function caret(x, y) {
  if (document.caretPositionFromPoint) {
    const at = document.caretPositionFromPoint(x, y);
    return at && { node: at.offsetNode, offset: at.offset };
  }
  const at = document.caretRangeFromPoint(x, y);
  return at && { node: at.startContainer, offset: at.startOffset };
}
