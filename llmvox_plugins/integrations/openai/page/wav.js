/** A recording as the bytes of a file, without asking the server again. */

import { RATE } from "./recording.js";

const HEADER = 44;

export const pcmFile = (recording) => new Blob(recording.parts, { type: "audio/pcm" });

export const wavFile = (recording) => new Blob([header(2 * recording.length), ...recording.parts], { type: "audio/wav" });

/** Of 16-bit mono PCM. */
function header(bytes) {
  const view = new DataView(new ArrayBuffer(HEADER));
  const word = (at, text) => [...text].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  word(0, "RIFF");
  view.setUint32(4, HEADER - 8 + bytes, true);
  word(8, "WAVEfmt ");
  view.setUint32(16, 16, true); // of the format, in bytes
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // channel
  view.setUint32(24, RATE, true);
  view.setUint32(28, 2 * RATE, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  word(36, "data");
  view.setUint32(40, bytes, true);
  return view;
}
