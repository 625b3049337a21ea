/** All audio of one text: 16-bit samples as they came, and how loud each stretch is. */

export const RATE = 24000;
export const STRETCH = 480; // samples that make one level: 20 ms
const FULL = 32768;

export class Recording {
  length = 0; // samples
  complete = false;
  levels = new Float32Array(1024); // mean distance from silence, of each stretch
  parts = []; // Int16Array
  #starts = []; // of each part, in samples

  get seconds() {
    return this.length / RATE;
  }

  append(buffer) {
    const part = new Int16Array(buffer, 0, buffer.byteLength >> 1);
    if (!part.length) return;
    this.#measure(part);
    this.#starts.push(this.length);
    this.parts.push(part);
    this.length += part.length;
  }

  /** Fill floats in [-1, 1] with the samples from `begin` on. */
  read(begin, floats) {
    let at = lastAtMost(this.#starts, begin);
    for (let filled = 0; filled < floats.length; at++) {
      const part = this.parts[at];
      const from = begin + filled - this.#starts[at];
      const count = Math.min(part.length - from, floats.length - filled);
      for (let i = 0; i < count; i++) floats[filled + i] = part[from + i] / FULL;
      filled += count;
    }
  }

  #measure(part) {
    this.#reserve(Math.ceil((this.length + part.length) / STRETCH));
    for (let i = 0; i < part.length; i++) {
      this.levels[Math.floor((this.length + i) / STRETCH)] += Math.abs(part[i]) / FULL / STRETCH;
    }
  }

  #reserve(count) {
    if (count <= this.levels.length) return;
    const larger = new Float32Array(2 * count);
    larger.set(this.levels);
    this.levels = larger;
  }
}

/** Where in ascending numbers the last one is that is at most `value`; -1 if there is none. */
export function lastAtMost(numbers, value, key = (number) => number) {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (key(numbers[middle]) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
