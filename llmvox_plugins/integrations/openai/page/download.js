/** A spoken text as a file: from memory where that is possible, from the server otherwise. */

import { request } from "./api.js";
import { pcmFile, wavFile } from "./wav.js";

const MADE_HERE = { wav: wavFile, pcm: pcmFile };

/** talk: what was spoken last, or null. */
export async function download(text, { voice, speed }, format, talk) {
  const same = talk?.whole && talk.text === text && talk.how.voice === voice && talk.how.speed === speed;
  const file = same && MADE_HERE[format] ? MADE_HERE[format](talk.recording) : await made(text, voice, speed, format);
  save(file, `speech.${format}`);
}

async function made(text, voice, speed, format) {
  const wanted = { model: "llmvox", input: text, voice, speed, response_format: format };
  const response = await request("v1/audio/speech", wanted);
  return response.blob();
}

function save(file, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
