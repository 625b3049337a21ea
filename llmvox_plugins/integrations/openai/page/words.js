/** Which word of a text is heard when. Words are in the order of the sound and, nearly always, of the text. */

import { lastAtMost } from "./recording.js";

export class Words {
  list = []; // { start, begin, end }: seconds of the sound, and units of UTF-16

  heed({ type, start, span_utf16: span }) {
    if (type === "word") this.list.push({ start, begin: span[0], end: span[1] });
  }

  /** The word that sounds at a time: where it is in the list, -1 before the first. */
  at(seconds) {
    return lastAtMost(this.list, seconds, (word) => word.start);
  }

  /** The word that stands at, or next before, a place in the text. */
  standingAt(place) {
    return this.list[lastAtMost(this.list, place, (word) => word.begin)] ?? this.list[0];
  }
}
