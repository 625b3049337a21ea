/** Speaks what is typed, or an LLM's answer while it is written, and lights up what has been heard. */
import { speak } from "./speech.js";
const SERVER = new URLSearchParams(location.search).get("server") ?? "http://127.0.0.1:8000";
const KEY = null; // the server's, if it has keys. Whoever sees the page sees it: let your users give their own
const ANSWER = "Scripted, for the server has **no LLM**: twenty words a second. Words light up 🌍 as you hear them.";

const [box, reading, status] = ["#text", "#reading", "#status"].map((id) => document.querySelector(id));
const [speakButton, askButton, stopButton] = document.querySelectorAll("button");
const context = new AudioContext({ sampleRate: 24000 });
let speech;

/** texts: any number of pieces, perhaps still to be written. */
async function say(texts) {
  speech?.stop();
  context.resume();
  reading.replaceChildren("");
  document.body.dataset.state = "speaking";
  const end = (told) => {
    if (mine === speech) [document.body.dataset.state, status.textContent, speech] = ["idle", told];
  };
  const mine = speech = speak(SERVER, context, {
    key: KEY,
    onWord: ([, end]) => mine === speech && light(end),
    onDone: (reason, heard) => end(`${reason}; heard: ${reading.textContent.slice(0, heard)}`),
    onError: end,
  });
  for await (const text of texts) {
    if (mine !== speech) return; // stopped: leaving the loop ends the LLM's work too
    reading.firstChild.appendData(text); // `data +=` would take the light away
    mine.write(text);
  }
  mine.end();
}

function light(end) {
  const range = document.createRange();
  range.setStart(reading.firstChild, 0);
  range.setEnd(reading.firstChild, end);
  CSS.highlights.set("heard", new Highlight(range));
}

async function* answer(question) {
  const response = await fetch(`${SERVER}/v1/chat/completions`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-llmvox-aloud": "no", // it is spoken here
      ...(KEY && { authorization: `Bearer ${KEY}` }),
    },
    body: JSON.stringify({ model: "llmvox", stream: true, messages: [{ role: "user", content: question }] }),
  });
  if (response.ok) yield* deltas(response.body.pipeThrough(new TextDecoderStream()).getReader());
  else for (const word of ANSWER.split(/(?<= )/)) yield new Promise((go) => setTimeout(go, 50, word));
}

async function* deltas(reader) {
  try {
    for (let text = "", part; !(part = await reader.read()).done; ) {
      const events = (text + part.value).split("\n\n");
      text = events.pop();
      for (const event of events.filter((each) => each.startsWith("data: {")))
        yield JSON.parse(event.slice(6)).choices[0]?.delta.content ?? "";
    }
  } finally {
    reader.cancel();
  }
}

speakButton.onclick = () => say([box.value]);
askButton.onclick = () => say(answer(box.value));
stopButton.onclick = () => speech?.stop();
